/** The sweep function: what it sends is what the seal function takes, and it goes on where it stopped. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BadOrder } from '../../functions/order.ts'
import { createdObjects, notificationOf } from '../../functions/s3-events.ts'
import { sweepHandler } from '../../functions/sweep/handler.ts'
import { asksForLost, lostHandler } from '../../functions/sweep/lost.ts'
import { streamOf } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const QUIET_MS = 900_000

function sweeper(waiting = 0) {
  const sent: string[] = []
  const queue = { send: async (body: string) => void sent.push(body), waiting: async () => waiting }
  const bucketNames = { intake: 'the-intake', vault: 'the-vault' }
  const queues = { seal: queue, verify: queue }
  const fn = { ports: world.ports, queues, bucketNames, quietMs: QUIET_MS }
  return { sent, sweep: sweepHandler(fn), lost: lostHandler(fn) }
}

const arrive = async (seed: number) => world.arrive(await smallPicture(seed))
const keysOf = (sent: readonly string[]) => sent.flatMap(createdObjects).map(({ key }) => key)

test('what it sends on reads as the event that was lost, by whom nobody knows', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
      const info = {
        bucket: 'intake',
        key,
        versionId: 'v',
        size: 1,
        modified: 1_659_476_616_000,
        metadata: {},
      } as const
      const about = { bucketName: 'b', versionId: 'v', sequencer: '0062E99A8800000000', uploader: 'account' }
      expect(createdObjects(notificationOf(info, 'b'))).toEqual([{ key, ...about }])
    }),
  )
})

test('nothing is sent on before the quiet time, and then once', async () => {
  const { ref } = await arrive(1)
  const { sent, sweep } = sweeper()
  expect(await sweep({})).toMatchObject({ resealed: 0, done: true })
  world.clock.time += QUIET_MS + 60_000
  const answer = await sweep({})
  expect(answer.oldestPlaintextMs).toBeGreaterThan(QUIET_MS)
  expect(keysOf(sent)).toEqual([ref.key])
  world.clock.time += 60_000
  await sweep({})
  expect(sent).toHaveLength(1)
})

test('an invocation without time does one key of each bucket, and the next one goes on', async () => {
  const keys: string[] = []
  for (const seed of [1, 2, 3]) keys.push((await arrive(seed)).ref.key)
  world.clock.time += QUIET_MS + 60_000
  const { sent, sweep } = sweeper()
  const noTime = { getRemainingTimeInMillis: () => 0 }
  const answers = []
  for (let i = 0; i < 3; i++) answers.push(await sweep({}, noTime))
  expect(keysOf(sent)).toEqual(keys)
  expect(answers.map(({ done }) => done)).toEqual([false, false, expect.any(Boolean)])
  for (const { oldestPlaintextMs } of answers) expect(oldestPlaintextMs).toBeGreaterThan(QUIET_MS)
})

test('a queue that holds much already is sent no more', async () => {
  await arrive(1)
  world.clock.time += QUIET_MS + 60_000
  const { sent, sweep } = sweeper(1_001)
  expect((await sweep({})).oldestPlaintextMs).toBeGreaterThan(QUIET_MS)
  expect(sent).toEqual([])
})

test('what came due while a queue held much is sent once it holds less, and till then is not said to be sealed', async () => {
  const { ref } = await arrive(1)
  const began = world.clock.time
  const held = { seal: 1_001, verify: 0 }
  const sent: string[] = []
  const queue = (stage: 'seal' | 'verify') => ({
    send: async (body: string) => void sent.push(`${stage} ${keysOf([body])}`),
    waiting: async () => held[stage],
  })
  const queues = { seal: queue('seal'), verify: queue('verify') }
  const bucketNames = { intake: 'the-intake', vault: 'the-vault' }
  const sweep = sweepHandler({ ports: world.ports, queues, bucketNames, quietMs: QUIET_MS })
  const every = 600_000
  const day = 24 * 3_600_000
  let [resealed, left] = [0, 0]
  while (world.clock.time < began + day + every) {
    world.clock.time += every
    const answer = await sweep({})
    resealed += answer.resealed
    left += answer.held
  }
  expect([sent, resealed]).toEqual([[], 0])
  expect(left).toBeGreaterThan(100)
  held.seal = 0
  for (const hour = world.clock.time + 3_600_000; world.clock.time < hour; ) {
    world.clock.time += every
    resealed += (await sweep({})).resealed
  }
  expect([sent, resealed]).toEqual([[`seal ${ref.key}`], 1])
})

test('a pass of many slices sends on each thing that is due once, whenever its slice comes', async () => {
  const keys: string[] = []
  for (const seed of [1, 2, 3, 4, 5, 6]) keys.push((await arrive(seed)).ref.key)
  const began = world.clock.time
  const { sent, sweep } = sweeper()
  let n = 0
  // One slice of one version, or all of it, as it comes.
  while (world.clock.time < began + 10 * 3_600_000) {
    world.clock.time += 600_000
    const time = ++n % 3 === 0 ? undefined : { getRemainingTimeInMillis: () => 0 }
    await sweep({}, time)
  }
  // After 15 minutes, 30, 1 hour, 2, 4 and 8.
  const times = keys.map((key) => keysOf(sent).filter((one) => one === key).length)
  expect(times).toEqual(keys.map(() => times[0]))
  expect(times[0]).toBeGreaterThanOrEqual(4)
  expect(times[0]).toBeLessThanOrEqual(6)
})

test('an upload of many versions is gone through slice by slice, and what comes behind it in its turn', async () => {
  const { ref } = await arrive(1)
  for (let n = 0; n < 5; n++) await world.ports.objects.put('intake', ref.key, streamOf(Buffer.from(`${n}`)))
  const { ref: last } = await arrive(2)
  world.clock.time += QUIET_MS + 60_000
  const { sent, sweep } = sweeper()
  const noTime = { getRemainingTimeInMillis: () => 0 }
  for (let slices = 1; slices < 7; slices++) {
    expect((await sweep({}, noTime)).done).toBe(false)
    expect(sent).toHaveLength(slices)
  }
  await sweep({}, noTime)
  expect(keysOf(sent)).toEqual([...Array.from({ length: 6 }, () => ref.key), last.key])
  expect(new Set(sent).size).toBe(7)
})

test('what no row names is sent to be verified when an operator asks, in slices, to a busy queue too', async () => {
  const [kept, ...others] = await Promise.all([1, 2, 3].map(async (seed) => commit(world.ports, await arrive(seed))))
  for (const id of others) await world.ports.catalogue.forget(id, { again: true })
  const { sent, lost } = sweeper(1_001)
  const noTime = { getRemainingTimeInMillis: () => 0 }
  let next: string | undefined
  let slices = 0
  do {
    const answer = await lost({ lost: next === undefined ? {} : { next } }, noTime)
    next = answer.next
    expect(answer.done).toBe(next === undefined)
    slices++
  } while (next !== undefined)
  expect(keysOf(sent).sort()).toEqual(others.map((id) => `o/${id}`).sort())
  expect(keysOf(sent)).not.toContain(`o/${kept}`)
  expect(slices).toBe(3)
})

test.each([{ lost: { next: 'o/../x' } }, { lost: {}, more: 1 }, { lost: null }])(
  'the order %j is refused, and no schedule gives one',
  async (event) => {
    expect(asksForLost(event)).toBe(true)
    await expect(sweeper().lost(event)).rejects.toThrow(BadOrder)
    expect(asksForLost({ 'detail-type': 'Scheduled Event', detail: {} })).toBe(false)
  },
)
