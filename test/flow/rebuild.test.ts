// Vault and keys make the catalogue again, however it was lost; what doesn't open is told and stops nothing.
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readAsOwner } from '../../shared/flow/open.ts'
import { type Rebuilt, rebuild } from '../../shared/flow/rebuild.ts'
import { rewrap } from '../../shared/flow/rewrap.ts'
import { seal } from '../../shared/flow/seal.ts'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { verify } from '../../shared/flow/verify.ts'
import { type LocalCatalogue, openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { systemClock } from '../../shared/platform/local/clock.ts'
import { openKeyService, rotateKeys, setRetired } from '../../shared/platform/local/keys.ts'
import type { ObjectRow } from '../../shared/platform/ports.ts'
import { collect, streamOf } from '../support/memory.ts'
import { filesBelow } from '../support/search.ts'
import { commit, makeWorld, type Ports, recover, smallPicture, type World } from '../support/world.ts'

const OWNER = { ip: '127.0.0.1', principal: 'test' }
let world: World
let ports: Ports
let fresh: LocalCatalogue
let rows: readonly ObjectRow[]

beforeEach(async () => {
  world = await makeWorld()
  const { stackId, custody } = world.ports.keyring
  const keyService = openKeyService(world.home)
  const keyring = { stackId, custody, keyService }
  ports = { ...world.ports, keyring, dataKeys: keyService }
  for (const seed of [1, 2, 3]) await commit(ports, await world.arrive(await smallPicture(seed)))
  rows = await ports.catalogue.objects()
  fresh = openCatalogue(join(world.home, 'fresh.sqlite'))
})
afterEach(async () => {
  fresh.close()
  await world[Symbol.asyncDispose]()
})

async function run(stopAfter = Number.POSITIVE_INFINITY): Promise<Rebuilt[]> {
  const steps: Rebuilt[] = []
  for await (const step of rebuild({ ...ports, catalogue: fresh })) {
    steps.push(step)
    if (steps.length >= stopAfter) break
  }
  return steps
}

/** By id, and without the moment of committing, which is gone. */
const plain = (some: readonly ObjectRow[]) =>
  [...some].sort((a, b) => (a.id < b.id ? -1 : 1)).map((row) => ({ ...row, committed: 0 }))
const rebuiltRows = async () => plain(await fresh.objects())
const outcomes = (steps: readonly Rebuilt[]) => steps.map(({ outcome }) => outcome)
const vaultFile = (key: string) =>
  filesBelow(join(world.home, 'objects', 'vault')).find((path) => path.includes(key.replaceAll('/', '_2f'))) ?? ''

function spoil(key: string): void {
  const bytes = readFileSync(vaultFile(key))
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  writeFileSync(vaultFile(key), bytes)
}

async function digests(catalogue: LocalCatalogue | Ports['catalogue']): Promise<string[]> {
  const found: string[] = []
  for (const { id } of rows) {
    for (const kind of ['original', 'preview', 'display'] as const) {
      const read = await readAsOwner({ ...ports, catalogue }, OWNER, id, kind)
      const bytes = read ? await collect(read.opened.stream()) : ''
      found.push(createHash('sha256').update(bytes).digest('hex'))
    }
  }
  return found
}

test('every row comes back as it was, renditions, tier, index and all', async () => {
  expect(outcomes(await run())).toEqual(['rebuilt', 'rebuilt', 'rebuilt'])
  expect(await rebuiltRows()).toEqual(plain(rows))
  expect(await digests(fresh)).toEqual(await digests(ports.catalogue))
  expect(await fresh.links()).toEqual([])
})

test('with the newest envelope that verifies, though newer garbage lies beside it and one in between is gone', async () => {
  for (let rotation = 0; rotation < 3; rotation++) {
    await rotateKeys(world.home, ports.primitives, systemClock)
    for await (const _step of rewrap(ports));
  }
  rows = await ports.catalogue.objects()
  // While the older ones still open, too.
  const early = openCatalogue(join(world.home, 'early.sqlite'))
  for await (const _step of rebuild({ ...ports, catalogue: early }));
  expect(plain(await early.objects())).toEqual(plain(rows))
  early.close()
  for (const retired of [1, 2, 3]) await setRetired(world.home, retired, true)
  const [a, b] = rows
  await ports.objects.put('vault', VAULT_KEYS.envelope(a?.id ?? '', 9), streamOf(new Uint8Array(2000)))
  rmSync(vaultFile(VAULT_KEYS.envelope(b?.id ?? '', 1)))
  rmSync(vaultFile(VAULT_KEYS.envelope(b?.id ?? '', 2)))
  expect(outcomes(await run())).toEqual(['rebuilt', 'rebuilt', 'rebuilt'])
  expect(await rebuiltRows()).toEqual(plain(rows))
  expect(await digests(fresh)).toEqual(await digests(ports.catalogue))
})

test('stopped after any object it goes on where it was', async () => {
  await run(1)
  const second = await run(2)
  expect(outcomes(second)).toEqual(['known', 'rebuilt'])
  expect(outcomes(await run())).toEqual(['known', 'known', 'rebuilt'])
  expect(await rebuiltRows()).toEqual(plain(rows))
})

test('what an earlier run wrote is not believed of objects that were removed or rewrapped since', async () => {
  await run()
  const [gone, ...left] = rows
  await ports.objects.erase({
    bucket: 'vault',
    key: VAULT_KEYS.object(gone?.id ?? ''),
    versionId: gone?.versionId ?? '',
  })
  await ports.catalogue.forget(gone?.id ?? '')
  await rotateKeys(world.home, ports.primitives, systemClock)
  for await (const _step of rewrap(ports));
  await run()
  expect(await rebuiltRows()).toEqual(plain(await ports.catalogue.objects()))
  expect(left).toHaveLength(2)
})

test('what does not open is told and left out, and nothing stops for it', async () => {
  const [a, b, c] = rows
  spoil(VAULT_KEYS.object(a?.id ?? ''))
  // A file of which nothing is left.
  writeFileSync(vaultFile(VAULT_KEYS.object(b?.id ?? '')), '')
  const steps = await run()
  expect(steps.find(({ objectId }) => objectId === a?.id)).toMatchObject({
    outcome: 'failed',
    reason: 'authentication-failed',
  })
  expect(steps.find(({ objectId }) => objectId === b?.id)).toMatchObject({ outcome: 'failed' })
  expect(await rebuiltRows()).toEqual(plain(rows.filter((row) => row === c)))
})

test('an object comes back without a preview that does not open', async () => {
  const [row] = rows
  spoil(VAULT_KEYS.rendition(row?.renditions[0]?.id ?? ''))
  const steps = await run()
  expect(steps.find(({ objectId }) => objectId === row?.id)).toMatchObject({ outcome: 'rebuilt', lost: 1 })
  const back = await fresh.object(row?.id ?? '')
  expect(back?.renditions).toEqual(row?.renditions.slice(1))
})

test('an upload that is still in intake is left to VERIFY, which compares before it erases', async () => {
  const arrival = await world.arrive(await smallPicture(8))
  const sealed = await seal(ports, arrival)
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  const steps = await run()
  expect(steps.find(({ objectId }) => objectId === sealed.objectId)).toMatchObject({ outcome: 'waiting' })
  expect(await fresh.object(sealed.objectId)).toBeUndefined()
  const after = { ...ports, catalogue: fresh }
  await recover(after)
  expect(await fresh.object(sealed.objectId)).toBeDefined()
  expect(await world.keysOf('intake')).toEqual([])
})

test('of two attempts at one upload one comes back, and none is erased', async () => {
  const arrival = await world.arrive(await smallPicture(8))
  const attempts = [await seal(ports, arrival), await seal(ports, arrival)]
  await ports.objects.erase(arrival.ref)
  expect(outcomes(await run()).sort()).toEqual(['rebuilt', 'rebuilt', 'rebuilt', 'rebuilt', 'superseded'])
  expect(await world.keysOf('vault', 'o/')).toHaveLength(rows.length + attempts.length)
})

test('a sealed object under another id, or without a source, is no upload of this deployment', async () => {
  const [row] = rows
  const info = await ports.objects.head('vault', VAULT_KEYS.object(row?.id ?? ''))
  const stream = info && (await ports.objects.get(info))
  await ports.objects.put('vault', VAULT_KEYS.object('a'.repeat(32)), stream ?? streamOf(new Uint8Array()))
  const preview = await ports.objects.head('vault', VAULT_KEYS.rendition(row?.renditions[0]?.id ?? ''))
  const other = preview && (await ports.objects.get(preview))
  await ports.objects.put('vault', VAULT_KEYS.object(row?.renditions[0]?.id ?? ''), other ?? streamOf(new Uint8Array()))
  const failed = (await run()).filter(({ outcome }) => outcome === 'failed')
  expect(failed).toHaveLength(2)
  for (const step of failed) expect(step).toMatchObject({ reason: 'no-source' })
  expect(await rebuiltRows()).toEqual(plain(rows))
})

test('a catalogue that was lost while a server went on comes back by VERIFY too, under the newest envelopes', async () => {
  await rotateKeys(world.home, ports.primitives, systemClock)
  for await (const _step of rewrap(ports));
  await setRetired(world.home, 1, true)
  rows = await ports.catalogue.objects()
  for (const { id } of rows) {
    const outcome = await verify({ ...ports, catalogue: fresh }, VAULT_KEYS.object(id))
    expect(outcome).toEqual({ outcome: 'committed', objectId: id })
  }
  expect(await rebuiltRows()).toEqual(plain(rows))
  expect(await verify(ports, VAULT_KEYS.envelope(rows[0]?.id ?? '', 1))).toEqual({ outcome: 'rendition' })
})
