/** A clock that is set back, while a server runs and between two starts. */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { steadyClock } from '../../shared/platform/local/clock.ts'
import { openQueue } from '../../shared/platform/local/queue.ts'
import { temporaryFolder } from '../cli/run.ts'

const HOUR = 3_600_000

test('time goes on within a process, however the system’s clock is set', () => {
  const step = fc.record({ passes: fc.integer({ min: 1, max: HOUR }), set: fc.integer({ min: -HOUR, max: HOUR }) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let [wall, steady] = [2_000_000_000_000, 5]
      const clock = steadyClock(
        () => wall,
        () => steady,
      )
      let last = clock.now()
      for (const { passes, set } of steps) {
        wall += passes + set
        steady += passes
        const now = clock.now()
        expect(now).toBeGreaterThanOrEqual(last + passes)
        expect(now).toBeGreaterThanOrEqual(wall)
        last = now
      }
    }),
  )
})

test('a link’s last second passes once: set back by an hour, the clock still reaches it', () => {
  let [wall, steady] = [2_000_000_000_000, 0]
  const clock = steadyClock(
    () => wall,
    () => steady,
  )
  const expires = clock.now() + 1000
  wall -= HOUR
  steady += 999
  expect(clock.now()).toBeLessThan(expires)
  steady += 1
  expect(clock.now()).toBe(expires)
})

test('what waits in the queue comes after a start on which the clock is hours behind', () => {
  const file = join(temporaryFolder(), 'queue.sqlite')
  let time = 2_000_000_000_000
  const clock = { now: () => time }
  const before = openQueue(file, { clock })
  before.send('seal', 'waiting')
  before.send('seal', 'in flight')
  expect(before.receive('seal', { max: 1, visibilityMs: 30_000 })).toHaveLength(1)
  before.close()
  time -= 5 * HOUR
  const after = openQueue(file, { clock })
  expect(after.receive('seal', { max: 2, visibilityMs: 1 })).toEqual([])
  expect(after.reclaim()).toBe(2)
  expect(after.receive('seal', { max: 2, visibilityMs: 1 })).toHaveLength(2)
  after.close()
})
