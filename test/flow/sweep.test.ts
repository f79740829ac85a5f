/** SWEEP: what a crash left is sent on, plaintext goes by VERIFY alone, and no sealed object ever does. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seal } from '../../shared/flow/seal.ts'
import { ORPHAN_GRACE_MS, sweep } from '../../shared/flow/sweep.ts'
import { sweepVault } from '../../shared/flow/sweepVault.ts'
import { verify } from '../../shared/flow/verify.ts'
import { openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { Locked, type ObjectVersion } from '../../shared/platform/ports.ts'
import { streamOf } from '../support/memory.ts'
import { commit, makeWorld, type Ports, recover, smallPicture, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

async function swept(graceMs?: number) {
  const requeued: [string, string][] = []
  const requeue = (stage: string, { key }: ObjectVersion) => void requeued.push([stage, key])
  return { report: await sweep({ ...world.ports, requeue }, graceMs), requeued }
}

const arrive = async (seed: number) => world.arrive(await smallPicture(seed))

test('of a deployment at rest does nothing', async () => {
  await commit(world.ports, await arrive(1))
  world.clock.time += 10 * ORPHAN_GRACE_MS
  const before = await world.keysOf('vault')
  const nothing = { resealed: 0, reverified: 0, givenUp: 0, orphans: 0, locked: 0, oldestPlaintextMs: 0 }
  expect(await swept()).toEqual({ report: nothing, requeued: [] })
  expect(await world.keysOf('vault')).toEqual(before)
})

test('sends uploads to SEAL and says how long the oldest has waited', async () => {
  const old = await arrive(1)
  world.clock.time += 60_000
  const young = await arrive(2)
  const { report, requeued } = await swept()
  expect(requeued.sort()).toEqual([
    ['seal', old.ref.key],
    ['seal', young.ref.key],
  ])
  expect(report).toMatchObject({ resealed: 2, oldestPlaintextMs: 60_000 })
})

test('sends every version of an upload, and erases only those that are committed', async () => {
  const first = await arrive(1)
  await commit(world.ports, first)
  const { objects } = world.ports
  const again = await objects.put('intake', first.ref.key, streamOf(await smallPicture(2)))
  const third = await objects.put('intake', first.ref.key, streamOf(await smallPicture(3)))
  if (!again || !third) throw new Error('two more versions')
  const { requeued } = await swept()
  expect(requeued).toEqual([
    ['seal', first.ref.key],
    ['seal', first.ref.key],
  ])
  await commit(world.ports, { ref: again, sequencer: '02', deaths: 0 })
  expect(await objects.head('intake', first.ref.key)).toMatchObject({ versionId: third.versionId })
})

describe('a committed upload that was not erased', () => {
  let id: string
  beforeEach(async () => {
    const objects = { ...world.ports.objects, erase: async () => {} }
    id = await commit({ ...world.ports, objects }, await arrive(1))
    expect(await world.keysOf('intake')).toHaveLength(1)
  })

  test('is not erased by a sweep, which sends its object to VERIFY; that erases it', async () => {
    const { report, requeued } = await swept()
    expect(requeued).toEqual([['verify', `o/${id}`]])
    expect(report).toMatchObject({ reverified: 1, resealed: 0 })
    expect(await world.keysOf('intake')).toHaveLength(1)
    await recover(world.ports)
    expect(await world.keysOf('intake')).toEqual([])
    expect(await world.keysOf('vault', 'o/')).toEqual([`o/${id}`])
  })

  test('stays when its object is gone, until another attempt has taken the place', async () => {
    const sealed = await world.ports.objects.head('vault', `o/${id}`)
    if (!sealed) throw new Error('a sealed object')
    await world.ports.objects.erase(sealed)
    expect((await swept()).requeued[0]?.[0]).toBe('seal')
    expect(await world.keysOf('intake')).toHaveLength(1)
    await recover(world.ports)
    expect(await world.keysOf('intake')).toEqual([])
    const [row, ...more] = await world.ports.catalogue.objects()
    expect(more).toEqual([])
    expect(row?.id).not.toBe(id)
    expect(await world.keysOf('vault', 'o/')).toEqual([`o/${row?.id}`])
  })

  test('survives another attempt when its object is gone and nobody has swept', async () => {
    const sealed = await world.ports.objects.head('vault', `o/${id}`)
    const upload = await world.ports.objects.head('intake', 'upload-1')
    if (!sealed || !upload) throw new Error('a sealed object and its upload')
    const again = await seal(world.ports, { ref: upload, sequencer: '01', deaths: 0 })
    if (again.outcome !== 'sealed') throw new Error(again.outcome)
    await world.ports.objects.erase(sealed)
    expect(await verify(world.ports, again.stored.key)).toEqual({ outcome: 'committed', objectId: again.objectId })
  })
})

test('sends sealed objects that are not committed to VERIFY, and never erases them, however old', async () => {
  const sealed = await seal(world.ports, await arrive(1))
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  world.clock.time += 100 * ORPHAN_GRACE_MS
  const { report, requeued } = await swept(0)
  expect(requeued).toContainEqual(['verify', sealed.stored.key])
  expect(report.reverified).toBe(1)
  expect(await world.keysOf('vault')).toHaveLength(3)
  await recover(world.ports)
  expect(await world.ports.catalogue.objects()).toHaveLength(1)
})

test('erases renditions that nobody refers to, after a time of grace and not before', async () => {
  const id = await commit(world.ports, await arrive(1))
  const [kept] = await world.keysOf('vault', 'r/')
  const sealed = await seal(world.ports, await arrive(2))
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  await world.ports.objects.erase(sealed.stored)
  expect(await world.keysOf('vault', 'r/')).toHaveLength(4)
  world.clock.time += ORPHAN_GRACE_MS - 60_000
  expect((await swept()).report.orphans).toBe(0)
  world.clock.time += 120_000
  expect((await swept()).report.orphans).toBe(2)
  const left = await world.keysOf('vault', 'r/')
  expect(left).toHaveLength(2)
  expect(left).toContain(kept)
  expect((await world.ports.catalogue.object(id))?.renditions).toHaveLength(2)
})

test('leaves what Object Lock keeps, says until when, and goes on', async () => {
  const sealed = await seal(world.ports, await arrive(1))
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  await world.ports.objects.erase(sealed.stored)
  world.clock.time += 2 * ORPHAN_GRACE_MS
  const [kept, ...others] = await world.keysOf('vault', 'r/')
  const until = world.clock.time + ORPHAN_GRACE_MS
  const erase: Ports['objects']['erase'] = async (ref) => {
    if (ref.key === kept) throw new Locked(until)
    await world.ports.objects.erase(ref)
  }
  const ports = { ...world.ports, objects: { ...world.ports.objects, erase }, requeue: () => {} }
  expect(await sweepVault(ports, { graceMs: ORPHAN_GRACE_MS })).toMatchObject({
    orphans: others.length,
    locked: 1,
    lockedUntil: until,
  })
  expect(others).toHaveLength(1)
  expect(await world.keysOf('vault', 'r/')).toEqual([kept])
})

test('erases no rendition while a sealed object waits that may refer to it', async () => {
  await seal(world.ports, await arrive(1))
  world.clock.time += 2 * ORPHAN_GRACE_MS
  expect((await swept()).report).toMatchObject({ reverified: 1, orphans: 0 })
  expect(await world.keysOf('vault', 'r/')).toHaveLength(2)
})

test('with a lost catalogue loses no object: all are verified and committed again', async () => {
  const ids = [await commit(world.ports, await arrive(1)), await commit(world.ports, await arrive(2))]
  const catalogue = openCatalogue(join(world.home, 'anew.sqlite'))
  try {
    await recover({ ...world.ports, catalogue })
    expect((await catalogue.objects()).map(({ id }) => id).sort()).toEqual(ids.sort())
  } finally {
    catalogue.close()
  }
  expect(await world.keysOf('vault')).toHaveLength(6)
})
