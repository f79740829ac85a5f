/** A message in hand is nobody else's while its worker lives, however long it takes, and another's soon after it was killed. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createdMessage } from '../../cli/host/arrivals.ts'
import { createHub } from '../../cli/host/hub.ts'
import { startPump } from '../../cli/host/pump.ts'
import type { Sealer } from '../../cli/host/sealer.ts'
import { openQueue } from '../../shared/platform/local/queue.ts'
import { makeWorld } from '../support/world.ts'
import { opaque } from './uploads.ts'

test('a slow sealing is not taken over while its worker lives, and what a killed worker had in hand is', async () => {
  await using world = await makeWorld()
  const queue = openQueue(join(world.home, 'queue.sqlite'))
  const other = openQueue(join(world.home, 'queue.sqlite'))
  const { ref } = await world.arrive(opaque(1))
  queue.send('seal', createdMessage({ ...ref, size: 1, modified: 1 }, '0A'))
  // The killed one: it received, and was never heard of again.
  expect(other.receive('seal', { max: 1, visibilityMs: 300 })).toHaveLength(1)

  let begun: () => void = () => {}
  let go: () => void = () => {}
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  const released = new Promise<void>((resolve) => {
    go = resolve
  })
  const sealer: Sealer = {
    problems: async () => [],
    stop: async () => {},
    async invoke() {
      begun()
      await released
      return { response: { batchItemFailures: [] }, sealed: [], reasons: {} }
    },
  }
  const pump = startPump({ queue, hub: createHub(), verify: world.ports, sealer, log: () => {}, visibilityMs: 800 })
  await started
  for (let i = 0; i < 12; i++) {
    expect(other.receive('seal', { max: 1, visibilityMs: 1 })).toEqual([])
    await sleep(200)
  }
  go()
  await pump.stop()
  expect(queue.pending('seal')).toEqual([])
  other.close()
  queue.close()
})
