/** The host's queue means what SQS means: at least once, hidden while worked on, failed in the end, never lost. */
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalQueue, openQueue, type QueueOptions } from '../../shared/platform/local/queue.ts'
import { retryDelay } from '../../shared/platform/local/queueRules.ts'
import { killAfter, modesBelow, temporaryHome } from './home.ts'

describe('local: queue', () => {
  let home: string
  let file: string
  let remove: () => Promise<void>
  let queue: LocalQueue
  let time: number
  const options: QueueOptions = { clock: { now: () => time }, maxReceives: 3, baseDelayMs: 1000, chance: () => 0.5 }
  beforeEach(async () => {
    const made = await temporaryHome()
    home = made.home
    file = join(home, 'queue.sqlite')
    remove = made.remove
    time = 1_000_000
    queue = openQueue(file, options)
  })
  afterEach(async () => {
    queue.close()
    await remove()
  })
  const receive = (max = 10, visibilityMs = 30_000, name = 'seal') => queue.receive(name, { max, visibilityMs })
  const bodies = (messages: readonly { body: string }[]) => messages.map((message) => message.body)

  it('gives each message to one receiver, longest waiting first, and no other queue its messages', () => {
    for (const body of ['a', 'b', 'c']) queue.send('seal', body)
    queue.send('verify', 'other')
    expect(bodies(receive(2))).toEqual(['a', 'b'])
    expect(bodies(receive())).toEqual(['c'])
    expect(receive()).toEqual([])
    expect(bodies(receive(1, 1, 'verify'))).toEqual(['other'])
  })

  it('forgets what is removed', () => {
    const { id } = queue.send('seal', 'a')
    const [message] = receive()
    expect(message).toMatchObject({ id, queue: 'seal', body: 'a', receiveCount: 1 })
    expect(message && queue.remove(message)).toBe(true)
    expect(message && queue.remove(message)).toBe(false)
    time += 1e9
    expect(receive()).toEqual([])
    expect(queue.waiting('seal')).toBe(0)
  })

  it('shows again what was not removed in time, and the old receipt is then worth nothing', () => {
    queue.send('seal', 'a')
    const [first] = receive(1, 30_000)
    time += 29_999
    expect(receive()).toEqual([])
    time += 1
    const [second] = receive()
    expect(second).toMatchObject({ id: first?.id, receiveCount: 2 })
    if (first === undefined || second === undefined) throw new Error('not received')
    expect(queue.remove(first)).toBe(false)
    expect(queue.changeVisibility(first, 0)).toBe(false)
    expect(queue.giveBack(first, 'late')).toEqual({ failed: false })
    expect(receive()).toEqual([])
    expect(queue.remove(second)).toBe(true)
  })

  it('hides a message longer, or shows it at once, when asked', () => {
    queue.send('seal', 'a')
    const [message] = receive(1, 1000)
    if (message === undefined) throw new Error('not received')
    time += 900
    expect(queue.changeVisibility(message, 5000)).toBe(true)
    time += 4999
    expect(receive()).toEqual([])
    expect(queue.changeVisibility(message, 0)).toBe(true)
    expect(bodies(receive())).toEqual(['a'])
  })

  it('delays what was sent with a delay, and says when it comes', () => {
    expect(queue.nextAt('seal')).toBeUndefined()
    queue.send('seal', 'later', { delayMs: 5000 })
    expect(queue.nextAt('seal')).toBe(1_005_000)
    expect(queue.waiting('seal')).toBe(0)
    expect(receive()).toEqual([])
    time += 5000
    expect(queue.waiting('seal')).toBe(1)
    expect(bodies(receive())).toEqual(['later'])
    expect(queue.waiting('seal')).toBe(1)
  })

  it('rests longer after each failure, then fails with the last reason', () => {
    const { id } = queue.send('seal', 'a')
    for (const rest of [750, 1500]) {
      const [message] = receive()
      expect(message && queue.giveBack(message, 'unavailable')).toEqual({ failed: false })
      time += rest - 1
      expect(receive()).toEqual([])
      time += 1
    }
    const [last] = receive()
    expect(last?.receiveCount).toBe(3)
    expect(last && queue.giveBack(last, 'verification-failed:does-not-open')).toEqual({ failed: true })
    time += 1e9
    expect(receive()).toEqual([])
    expect(queue.nextAt('seal')).toBeUndefined()
    const reason = 'verification-failed:does-not-open'
    const failed = { id, queue: 'seal', body: 'a', receiveCount: 3, reason, failedAt: 1_002_250 }
    expect(queue.failed()).toEqual([failed])
    expect(queue.failed('seal')).toEqual([failed])
    expect(queue.failed('verify')).toEqual([])
  })

  it('fails what brings its receivers down each time', () => {
    queue.send('seal', 'poison')
    for (const receiveCount of [1, 2, 3]) {
      expect(receive(1, 1000)).toMatchObject([{ body: 'poison', receiveCount }])
      time += 1000
    }
    queue.send('seal', 'fine')
    expect(bodies(receive(1))).toEqual(['fine'])
    expect(queue.failed()).toMatchObject([{ body: 'poison', reason: 'no-answer', receiveCount: 3 }])
  })

  it('keeps no reason that is not a short code', () => {
    const single = openQueue(join(home, 'other.sqlite'), { ...options, maxReceives: 1 })
    single.send('seal', 'a')
    const [message] = single.receive('seal', { max: 1, visibilityMs: 1000 })
    if (message) single.giveBack(message, 'ENOENT: Röntgen Müller.jpg')
    expect(single.failed()).toMatchObject([{ reason: 'internal-error' }])
    single.close()
  })

  it('sends failed messages again, one or all, with their counts from zero, or drops them', () => {
    const single = openQueue(join(home, 'other.sqlite'), { ...options, maxReceives: 1 })
    const ids = ['a', 'b', 'c', 'd'].map((body) => single.send('seal', body).id)
    const next = () => single.receive('seal', { max: 10, visibilityMs: 1000 })
    for (const message of next()) single.giveBack(message, 'unavailable')
    expect(single.failed()).toHaveLength(4)
    expect(single.redrive(ids[1] ?? '')).toBe(1)
    expect(next()).toMatchObject([{ body: 'b', receiveCount: 1 }])
    expect(single.discard(ids[0] ?? '')).toBe(true)
    expect(single.discard(ids[0] ?? '')).toBe(false)
    expect(single.discard(ids[1] ?? '')).toBe(false)
    expect(single.redrive('no-such-id')).toBe(0)
    expect(single.redrive('all')).toBe(2)
    expect(bodies(next())).toEqual(['c', 'd'])
    expect(single.failed()).toEqual([])
    single.close()
  })

  it("adds nothing for a caller's id that waits, is in flight or has failed, and does again once it is done", () => {
    const id = 'version-1'
    const first = queue.send('seal', 'a', { id })
    expect(first.duplicate).toBe(false)
    expect(queue.send('seal', 'a', { id })).toEqual({ id: first.id, duplicate: true })
    expect(queue.send('verify', 'a', { id }).duplicate).toBe(false)
    for (let n = 0; n < 3; n++) {
      const [message] = receive()
      expect(queue.send('seal', 'a', { id }).duplicate).toBe(true)
      if (message) queue.giveBack(message, 'unavailable')
      time += 10_000
    }
    expect(queue.failed()).toHaveLength(1)
    expect(queue.send('seal', 'a', { id }).duplicate).toBe(true)
    queue.redrive('all')
    for (const message of receive()) queue.remove(message)
    expect(queue.send('seal', 'a', { id }).duplicate).toBe(false)
  })

  it('shows at once what a dead host had in flight, counted as received', () => {
    queue.send('seal', 'a')
    receive(1, 3_600_000)
    queue.close()
    queue = openQueue(file, options)
    expect(receive()).toEqual([])
    expect(queue.reclaim()).toBe(1)
    expect(receive()).toMatchObject([{ body: 'a', receiveCount: 2 }])
  })

  it('refuses a body over 256 KiB', () => {
    queue.send('seal', 'x'.repeat(256 * 1024))
    expect(() => queue.send('seal', `ä${'x'.repeat(256 * 1024 - 1)}`)).toThrow(RangeError)
  })

  it('its files are 0600', async () => {
    queue.send('seal', 'a')
    for (const { mode } of await modesBelow(home)) expect(mode).toBe(0o600)
  })

  it('loses nothing to SIGKILL: what was sent and not removed comes, what was removed does not', async () => {
    const lines = await killAfter('crash-queue.ts', [join(home, 'crash.sqlite')], 60)
    const ids = (word: string) => lines.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length + 1)] : []))
    const crashed = openQueue(join(home, 'crash.sqlite'))
    crashed.reclaim()
    const left = crashed.receive('seal', { max: 1000, visibilityMs: 1000 }).map((message) => message.id)
    const done = ids('done')
    expect(done.length).toBeGreaterThan(3)
    // A message removed just before the kill had no time to say so: at most one.
    const gone = ids('sent').filter((id) => !left.includes(id))
    expect(gone).toEqual(expect.arrayContaining(done))
    expect(gone.length - done.length).toBeLessThanOrEqual(1)
    crashed.close()
  })

  it('no history loses a message or gives one to two receivers at a time', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('send' as const) },
      { weight: 4, arbitrary: fc.constant('receive' as const) },
      { weight: 2, arbitrary: fc.constant('remove' as const) },
      { weight: 2, arbitrary: fc.constant('giveBack' as const) },
      { weight: 2, arbitrary: fc.constant('wait' as const) },
      { weight: 1, arbitrary: fc.constant('redrive' as const) },
      { weight: 1, arbitrary: fc.constant('reclaim' as const) },
    )
    let run = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const random = openQueue(join(home, `history-${run++}.sqlite`), options)
        const alive = new Set<string>()
        const held = new Map<string, { receiptHandle: string; until: number }>()
        for (const todo of steps) {
          const [id, receipt] = [...held][0] ?? []
          if (todo === 'send') alive.add(random.send('seal', 'x').id)
          else if (todo === 'receive') {
            for (const message of random.receive('seal', { max: 2, visibilityMs: 5000 })) {
              expect(alive.has(message.id)).toBe(true)
              expect(held.get(message.id)?.until ?? 0).toBeLessThanOrEqual(time)
              expect(message.receiveCount).toBeLessThanOrEqual(3)
              held.set(message.id, { receiptHandle: message.receiptHandle, until: time + 5000 })
            }
          } else if (todo === 'remove' && id !== undefined && receipt !== undefined) {
            if (random.remove(receipt)) alive.delete(id)
            held.delete(id)
          } else if (todo === 'giveBack' && id !== undefined && receipt !== undefined) {
            random.giveBack(receipt, 'unavailable')
            held.delete(id)
          } else if (todo === 'wait') time += 3000
          else if (todo === 'redrive') random.redrive('all')
          else if (todo === 'reclaim') {
            random.reclaim()
            held.clear()
          }
        }
        random.reclaim()
        time += 1e6
        const left = new Set(random.failed().map((message) => message.id))
        for (const message of random.receive('seal', { max: 1000, visibilityMs: 1 })) left.add(message.id)
        for (const message of random.failed()) left.add(message.id)
        expect([...left].sort()).toEqual([...alive].sort())
        random.close()
      }),
      { numRuns: 60 },
    )
  })

  it('rests at least half of the doubled base and never more than the longest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, chance) => {
          const rest = retryDelay(failures, 1000, 300_000, chance)
          const full = Math.min(300_000, 1000 * 2 ** (failures - 1))
          expect(rest).toBeGreaterThanOrEqual(Math.floor(full / 2))
          expect(rest).toBeLessThanOrEqual(full)
        },
      ),
    )
  })
})
