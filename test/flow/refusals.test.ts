/** An upload that never verifies: it is sealed a few times and no more, it stays in sight, and goes on once a person says so. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createdObjects } from '../../functions/s3-events.ts'
import { sealHandler } from '../../functions/seal/handler.ts'
import { sweepHandler } from '../../functions/sweep/handler.ts'
import { verifyHandler } from '../../functions/verify/handler.ts'
import { MOST_REFUSED } from '../../shared/flow/refusals.ts'
import { reseal } from '../../shared/flow/retry.ts'
import { seal } from '../../shared/flow/seal.ts'
import { type Arrival, versionIdOf } from '../../shared/flow/source.ts'
import { VerificationFailed, verify } from '../../shared/flow/verify.ts'
import { committedAs, makeWorld, type Ports, smallPicture, type World } from '../support/world.ts'

const QUIET_MS = 15 * 60_000
// More seldom than on AWS: each costs a look at everything.
const EVERY_MS = 2 * 3_600_000
const DAY_MS = 24 * 3_600_000
/** What SQS delivers before it gives a message up. */
const RECEIPTS = 5

let world: World
/** VERIFY with other keys than SEAL's: nothing opens. */
let wrong: Ports
beforeEach(async () => {
  world = await makeWorld()
  const other = await makeWorld()
  wrong = { ...world.ports, keyring: { ...world.ports.keyring, custody: other.ports.keyring.custody } }
  return () => other[Symbol.asyncDispose]()
})
afterEach(() => world[Symbol.asyncDispose]())

type Sweep = ReturnType<typeof sweepHandler>

/** A stack's life from sweep to sweep, every message delivered as often as a queue would. */
function stackOf(ports: Ports) {
  let work: { stage: 'seal' | 'verify'; body: string }[] = []
  const counted = { seals: 0, verifies: 0 }
  const queue = (stage: 'seal' | 'verify') => ({
    send: async (body: string) => void work.push({ stage, body }),
    waiting: async () => 0,
  })
  const bucketNames = { intake: 'intake', vault: 'vault' }
  const queues = { seal: queue('seal'), verify: queue('verify') }
  const sweep: Sweep = sweepHandler({ ports, queues, bucketNames, quietMs: QUIET_MS })
  const onError = () => {}
  const sealing = sealHandler({ ports, bucketName: 'intake', onError })
  const verifying = verifyHandler({ ports, bucketName: 'vault', onError })
  return {
    counted,
    async live(ms: number) {
      let last = await sweep({})
      let givenUp = 0
      for (const until = world.clock.time + ms; world.clock.time < until; ) {
        world.clock.time += EVERY_MS
        last = await sweep({})
        givenUp += last.givenUp
        const now = work
        work = []
        for (const { stage, body } of now) {
          const event = { Records: [{ messageId: 'm', body }] }
          expect(createdObjects(body)).toHaveLength(1)
          if (stage === 'seal') counted.seals++
          else counted.verifies++
          for (let receipt = 0; receipt < RECEIPTS; receipt++) {
            const { batchItemFailures } = await (stage === 'seal' ? sealing : verifying)(event)
            if (batchItemFailures.length === 0) break
          }
        }
      }
      return { ...last, givenUp }
    },
  }
}

const arrive = async () => world.arrive(await smallPicture(1))
const versionOf = ({ ref }: Arrival) => versionIdOf(world.ports.primitives, { ...ref, version: ref.versionId })

test('in ten days it is sealed three times, its plaintext stays, and the sweep says so every day', async () => {
  const { ref } = await arrive()
  const stack = stackOf(wrong)
  const answer = await stack.live(10 * DAY_MS)
  expect(stack.counted.seals).toBe(MOST_REFUSED)
  expect(await world.keysOf('vault', 'o/')).toHaveLength(MOST_REFUSED)
  expect(answer.givenUp).toBeGreaterThanOrEqual(9)
  expect(answer.oldestPlaintextMs).toBeGreaterThan(9 * DAY_MS)
  expect(await world.keysOf('intake')).toEqual([ref.key])
})

test('once the reader is mended, what was sealed is committed, without another sealing', async () => {
  const arrival = await arrive()
  await stackOf(wrong).live(2 * DAY_MS)
  const mended = stackOf(world.ports)
  await mended.live(2 * DAY_MS)
  expect(mended.counted.seals).toBe(0)
  expect(await committedAs(world.ports, arrival)).toBeDefined()
  expect(await world.keysOf('intake')).toEqual([])
  expect(await world.keysOf('vault', 'o/')).toHaveLength(1)
})

test('once a person retries it, it may be sealed again as often', async () => {
  const arrival = await arrive()
  await stackOf(wrong).live(2 * DAY_MS)
  const [attempt = ''] = await world.keysOf('vault', 'o/')
  expect(await reseal(world.ports, arrival.ref.key, attempt)).toMatchObject({ key: arrival.ref.key })
  expect(await world.ports.catalogue.refused(versionOf(arrival))).toBe(0)
})

test('another version of the same key is not held to it', async () => {
  const key = 'a'.repeat(32)
  const { objects } = world.ports
  const put = async (seed: number) => {
    const bytes = await smallPicture(seed)
    const info = await objects.put('intake', key, (async function* () { yield bytes })()) // biome-ignore format: one picture
    if (!info) throw new Error('intake took nothing')
    return info
  }
  await put(1)
  await stackOf(wrong).live(2 * DAY_MS)
  await put(2)
  const later = stackOf(wrong)
  await later.live(2 * DAY_MS)
  expect(later.counted.seals).toBe(MOST_REFUSED)
})

test('an attempt that is refused again and again counts once, and one that verifies not at all', async () => {
  const arrival = await arrive()
  const sealed = await seal(world.ports, arrival)
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  for (let receipt = 0; receipt < RECEIPTS; receipt++) {
    await expect(verify(wrong, sealed.stored.key, sealed.stored.versionId)).rejects.toThrow(VerificationFailed)
  }
  expect(await world.ports.catalogue.refused(versionOf(arrival))).toBe(1)
  expect(await verify(world.ports, sealed.stored.key)).toMatchObject({ outcome: 'committed' })
  expect(await world.ports.catalogue.refused(versionOf(arrival))).toBe(1)
})

test('a count that could not be written hides no refusal', async () => {
  const sealed = await seal(world.ports, await arrive())
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  const refuse = async () => {
    throw new Error('the catalogue is away')
  }
  const ports = { ...wrong, catalogue: { ...wrong.catalogue, refuse } }
  await expect(verify(ports, sealed.stored.key)).rejects.toThrow(VerificationFailed)
})
