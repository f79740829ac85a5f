/**
 * An erasure outlives backups: neither a catalogue from before it, nor a copy of the vault from before it, nor both bring back
 * what somebody had erased, by whichever way a catalogue is made.
 */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rebuild } from '../../shared/flow/rebuild.ts'
import { remove } from '../../shared/flow/remove.ts'
import { seal } from '../../shared/flow/seal.ts'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { ORPHAN_GRACE_MS, sweep } from '../../shared/flow/sweep.ts'
import { layTombstones } from '../../shared/flow/tombstones.ts'
import { verify } from '../../shared/flow/verify.ts'
import { type LocalCatalogue, openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { AuthenticationFailed, type LinkRow, type ObjectRow } from '../../shared/platform/ports.ts'
import { collect, streamOf } from '../support/memory.ts'
import { commit, makeWorld, type Ports, recover, smallPicture, type World } from '../support/world.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
const DIGITS = /^[0-9a-f]+$/
let world: World
let erased: ObjectRow
let kept: ObjectRow
/** Catalogue and vault of a day before the erasure. */
let older: LocalCatalogue
let copies: { readonly key: string; readonly bytes: Buffer }[]

beforeEach(async () => {
  world = await makeWorld()
  const { catalogue } = world.ports
  const rowOf = async (id: string): Promise<ObjectRow> => {
    const row = await catalogue.object(id)
    if (!row) throw new Error('not committed')
    return row
  }
  erased = await rowOf(await commit(world.ports, await world.arrive(await smallPicture(1))))
  kept = await rowOf(await commit(world.ports, await world.arrive(await smallPicture(2))))
  older = openCatalogue(join(world.home, 'older.sqlite'))
  for (const row of [erased, kept]) await older.commit(row)
  copies = await copyOfVault()
  await remove(world.ports, OWNER, erased.id)
})
afterEach(async () => {
  older.close()
  await world[Symbol.asyncDispose]()
})

async function copyOfVault(): Promise<typeof copies> {
  const found: { key: string; bytes: Buffer }[] = []
  for await (const info of world.ports.objects.versions('vault')) {
    const stream = await world.ports.objects.get(info)
    if (stream) found.push({ key: info.key, bytes: await collect(stream) })
  }
  return found
}

/** Over what is there, as whoever restores a backup does. */
async function putBack(): Promise<void> {
  const there = new Set(await world.keysOf('vault'))
  for (const { key, bytes } of copies) if (!there.has(key)) await world.ports.objects.put('vault', key, streamOf(bytes))
}

async function settle(ports: Ports): Promise<void> {
  await recover(ports)
  world.clock.time += ORPHAN_GRACE_MS + 1_000
  await recover(ports)
}

/** The other object stands, whole; of the erased one nothing is left but that it was erased. */
async function onlyKeptIsLeft(catalogue: LocalCatalogue | Ports['catalogue']): Promise<void> {
  expect((await catalogue.objects()).map(({ id }) => id)).toEqual([kept.id])
  const expected = [`o/${kept.id}`, ...kept.renditions.map(({ id }) => `r/${id}`)]
  const left = (await world.keysOf('vault')).filter((key) => !key.startsWith('t/'))
  expect(left.sort()).toEqual(expected.sort())
}

test('a deletion leaves two tombstones, which are empty, opaque and say of what they are', async () => {
  const found: string[] = []
  for await (const { key, size } of world.ports.objects.versions('vault', { prefix: 't/' })) {
    expect(size).toBe(0)
    expect(key.slice(2)).toMatch(DIGITS)
    found.push(key)
  }
  expect(found.sort()).toEqual([`t/${erased.id}`, `t/${erased.source}`].sort())
  await layTombstones(world.ports.objects, erased)
  expect(await world.keysOf('vault', 't/')).toHaveLength(2)
})

test('an older catalogue put back forgets it again, and its links with it', async () => {
  const link: LinkRow = {
    ...{ linkId: 'a'.repeat(32), objectId: erased.id, rendition: 'original', kid: 0, created: 1, notBefore: 0 },
    ...{ expires: 9e12, uses: 5, usesLeft: 5, revoked: false, principal: 'owner' },
  }
  await older.addLink(link)
  await settle({ ...world.ports, catalogue: older })
  await onlyKeptIsLeft(older)
  expect(await older.link(link.linkId)).toMatchObject({ revoked: true })
  expect(await older.wasForgotten(erased.source)).toBe(true)
})

test('a copy of the vault put back is erased again, previews too, while the catalogue is there or none is', async () => {
  await putBack()
  await settle(world.ports)
  await onlyKeptIsLeft(world.ports.catalogue)
  await putBack()
  const fresh = openCatalogue(join(world.home, 'fresh.sqlite'))
  await settle({ ...world.ports, catalogue: fresh })
  await onlyKeptIsLeft(fresh)
  fresh.close()
})

test('an older catalogue and a copy of the vault put back together are both put right', async () => {
  await putBack()
  await settle({ ...world.ports, catalogue: older })
  await onlyKeptIsLeft(older)
})

test('a rebuilt catalogue leaves it out, also one that a killed run had it in', async () => {
  await putBack()
  const fresh = openCatalogue(join(world.home, 'fresh.sqlite'))
  for (const catalogue of [fresh, older]) {
    const outcomes = new Map<string, string>()
    for await (const { objectId, outcome } of rebuild({ ...world.ports, catalogue })) outcomes.set(objectId, outcome)
    expect(outcomes.get(erased.id)).toBe('deleted')
    expect((await catalogue.objects()).map(({ id }) => id)).toEqual([kept.id])
  }
  await settle({ ...world.ports, catalogue: fresh })
  await onlyKeptIsLeft(fresh)
  fresh.close()
})

test('another attempt at the same upload, under another id, is the same picture: it stays erased', async () => {
  const arrival = await world.arrive(await smallPicture(3))
  const late = await seal(world.ports, arrival)
  const id = await commit(world.ports, arrival)
  if (late.outcome !== 'sealed') throw new Error(late.outcome)
  await remove(world.ports, OWNER, id)
  const fresh = openCatalogue(join(world.home, 'fresh.sqlite'))
  const ports = { ...world.ports, catalogue: fresh }
  const outcomes: string[] = []
  for await (const step of rebuild(ports)) if (step.objectId === late.objectId) outcomes.push(step.outcome)
  expect(outcomes).toEqual(['deleted'])
  expect(await verify(ports, late.stored.key)).toEqual({ outcome: 'deleted' })
  await settle(ports)
  await onlyKeptIsLeft(fresh)
  fresh.close()
})

test('a catalogue elsewhere that committed that other attempt gives it up, too', async () => {
  const arrival = await world.arrive(await smallPicture(3))
  const other = await seal(world.ports, arrival)
  const id = await commit(world.ports, arrival)
  if (other.outcome !== 'sealed') throw new Error(other.outcome)
  const elsewhere = openCatalogue(join(world.home, 'elsewhere.sqlite'))
  const ports = { ...world.ports, catalogue: elsewhere }
  expect(await verify(ports, other.stored.key)).toMatchObject({ outcome: 'committed' })
  await remove(world.ports, OWNER, id)
  await settle(ports)
  await onlyKeptIsLeft(elsewhere)
  elsewhere.close()
})

test('what no key opens any more is erased all the same', async () => {
  await putBack()
  const custody = { publicKey: async () => undefined, decapsulate: () => Promise.reject(new AuthenticationFailed()) }
  const ports = { ...world.ports, keyring: { ...world.ports.keyring, custody } }
  expect(await verify(ports, VAULT_KEYS.object(erased.id))).toEqual({ outcome: 'deleted' })
  expect(await world.keysOf('vault', 'o/')).toEqual([VAULT_KEYS.object(kept.id)])
})

test('a deletion that was killed after its first step is ended by the sweep', async () => {
  const objects = { ...world.ports.objects, erase: () => Promise.reject(new Error('killed')) }
  await expect(remove({ ...world.ports, objects }, OWNER, kept.id)).rejects.toThrow('killed')
  await settle(world.ports)
  expect(await world.ports.catalogue.objects()).toEqual([])
  expect((await world.keysOf('vault')).filter((key) => !key.startsWith('t/'))).toEqual([])
})

test('a tombstone that contradicts nothing is no work for anybody', async () => {
  const asked: string[] = []
  await sweep({ ...world.ports, requeue: (_, { key }) => void asked.push(key) })
  expect(asked).toEqual([])
  for (const key of await world.keysOf('vault', 't/')) {
    expect(await verify(world.ports, key)).toEqual({ outcome: 'gone' })
  }
  expect(await verify(world.ports, VAULT_KEYS.tombstone(kept.id))).toEqual({ outcome: 'gone' })
  await onlyKeptIsLeft(world.ports.catalogue)
})
