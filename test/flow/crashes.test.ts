/**
 * Invariants 1 to 3: the process ends at every single call that SEAL and VERIFY make, which is also to say after each;
 * whatever is left, the plaintext is in intake or the committed object opens, and a sweep ends with exactly one of it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAsOwner } from '../../shared/flow/open.ts'
import { remove } from '../../shared/flow/remove.ts'
import { seal } from '../../shared/flow/seal.ts'
import type { Arrival } from '../../shared/flow/source.ts'
import { ORPHAN_GRACE_MS } from '../../shared/flow/sweep.ts'
import { verify } from '../../shared/flow/verify.ts'
import { collect } from '../support/memory.ts'
import { committedAs, makeWorld, type Ports, recover, smallPicture, type World } from '../support/world.ts'
import { Crash, faultAt } from './faults.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
let world: World
let seed = 0

beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** What a process does until it ends. `ports` fail at one call, `sound` never. */
type Work = (ports: Ports, sound: Ports, arrival: Arrival) => Promise<void>

const sealAndVerify: Work = async (ports, _, arrival) => {
  const sealed = await seal(ports, arrival)
  if (sealed.outcome === 'sealed') await verify(ports, sealed.stored.key, sealed.stored.versionId)
}

const verifyLoser: Work = async (ports, sound, arrival) => {
  const [winner, loser] = [await seal(sound, arrival), await seal(sound, arrival)]
  if (winner.outcome !== 'sealed' || loser.outcome !== 'sealed') throw new Error('two attempts')
  await verify(sound, winner.stored.key, winner.stored.versionId)
  await verify(ports, loser.stored.key, loser.stored.versionId)
}

async function contents(id: string): Promise<Buffer> {
  const read = await readAsOwner(world.ports, OWNER, id)
  if (!read) throw new Error('a committed object is not there')
  return collect(read.opened.stream())
}

async function plaintext({ ref }: Arrival): Promise<Buffer | undefined> {
  const stream = await world.ports.objects.get(ref)
  return stream && collect(stream)
}

async function crashAt(at: number, work: Work): Promise<'crashed' | 'done'> {
  const picture = await smallPicture(seed++)
  const arrival = await world.arrive(picture)
  const { ports, calls } = faultAt(world.ports, at)
  const crashed = await work(ports, world.ports, arrival).then(
    () => false,
    (error: unknown) => {
      if (!(error instanceof Crash)) throw error
      return true
    },
  )
  const where = `at call ${at}, ${calls.at(-1)}`

  // Never neither: the upload whole, or a committed object that opens to it.
  const committed = await committedAs(world.ports, arrival)
  const left = await plaintext(arrival)
  if (left) expect(left.equals(picture), where).toBe(true)
  else expect(committed, where).toBeDefined()
  if (committed) expect((await contents(committed)).equals(picture), where).toBe(true)

  // Redelivered, swept, and swept again when orphans are old enough.
  await seal(world.ports, { ...arrival, deaths: 1 })
  await recover(world.ports)
  world.clock.time += ORPHAN_GRACE_MS + 1000
  await recover(world.ports)
  const id = (await committedAs(world.ports, arrival)) ?? ''
  const renditions = (await world.ports.catalogue.object(id))?.renditions.map((each) => `r/${each.id}`) ?? []
  expect(await world.ports.catalogue.objects(), where).toHaveLength(1)
  expect(await world.keysOf('intake'), where).toEqual([])
  expect((await world.keysOf('vault')).sort(), where).toEqual([`o/${id}`, ...renditions].sort())
  expect(renditions, where).toHaveLength(2)
  expect((await contents(id)).equals(picture), where).toBe(true)

  expect(await remove(world.ports, OWNER, id)).toBe(true)
  const tombstones = await world.keysOf('vault', 't/')
  expect(await world.keysOf('vault'), where).toEqual(tombstones)
  for (const key of tombstones) {
    for await (const one of world.ports.objects.versions('vault', { prefix: key })) await world.ports.objects.erase(one)
  }
  return crashed ? 'crashed' : 'done'
}

test.each<[string, Work, number]>([
  ['sealing and verifying', sealAndVerify, 40],
  ['verifying an attempt that lost', verifyLoser, 15],
])('a crash at any one call of %s loses nothing, and leaves nothing behind', async (_, work, least) => {
  let at = 1
  while ((await crashAt(at, work)) === 'crashed') at++
  expect(at).toBeGreaterThan(least)
})
