/** From upload to committed object: nothing is erased before the sealed object was opened with the real keys and compared. */
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAsOwner } from '../../shared/flow/open.ts'
import { seal } from '../../shared/flow/seal.ts'
import { type Arrival, sourceOf, uploadIdOf } from '../../shared/flow/source.ts'
import { openStored } from '../../shared/flow/stored.ts'
import { VerificationFailed, type VerifyOutcome, verify } from '../../shared/flow/verify.ts'
import { openWhole } from '../../shared/flow/whole.ts'
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { type ObjectInfo, STEPS, type StepEvent, Unavailable } from '../../shared/platform/ports.ts'
import type { Metadata } from '../../shared/vault/metadata.ts'
import { SourceChanged } from '../../shared/vault/seal.ts'
import { type Forged, type Forgery, forge } from '../support/forge.ts'
import { collect, pattern, streamOf } from '../support/memory.ts'
import { commit, committedAs, makeWorld, type Ports, recover, smallPicture, type World } from '../support/world.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
let world: World
let picture: Buffer
let arrival: Arrival

beforeEach(async () => {
  world = await makeWorld()
  picture = await smallPicture()
  arrival = await world.arrive(picture, { fileName: 'a.png', uploader: 'somebody' })
})
afterEach(() => world[Symbol.asyncDispose]())

async function sealed(ports: Ports = world.ports): Promise<ObjectInfo> {
  const outcome = await seal(ports, arrival)
  if (outcome.outcome !== 'sealed') throw new Error(outcome.outcome)
  return outcome.stored
}

/** VERIFY refuses for this reason, and the upload is still there, whole. */
async function nothingErased(key: string, reason: VerificationFailed['reason'], ports = world.ports): Promise<void> {
  const before = await world.keysOf('vault')
  await expect(verify(ports, key)).rejects.toMatchObject({ name: 'VerificationFailed', reason })
  const upload = await world.ports.objects.get(arrival.ref)
  expect(upload && (await collect(upload)).equals(picture)).toBe(true)
  expect(await world.keysOf('vault')).toEqual(before)
  expect(await world.ports.catalogue.objects()).toEqual([])
}

async function contentsOf(id: string, rendition: 'original' | 'preview' | 'display' = 'original'): Promise<Buffer> {
  const read = await readAsOwner(world.ports, OWNER, id, rendition)
  if (!read) throw new Error('no such object')
  return collect(read.opened.stream())
}

describe('an upload', () => {
  test('ends as one sealed object with its renditions, and no plaintext', async () => {
    const id = await commit(world.ports, arrival)
    expect(await world.keysOf('intake')).toEqual([])
    expect((await contentsOf(id)).equals(picture)).toBe(true)
    const row = await world.ports.catalogue.object(id)
    expect(row?.renditions.map(({ kind }) => kind)).toEqual(['preview', 'display'])
    expect(await world.keysOf('vault')).toEqual([
      `o/${id}`,
      ...(row?.renditions ?? []).map((each) => `r/${each.id}`).sort(),
    ])
    for (const kind of ['preview', 'display'] as const) {
      expect((await contentsOf(id, kind)).subarray(8, 12).toString()).toBe('WEBP')
    }
  })

  test('tells of every step once, in order, and of nothing else', async () => {
    const id = await commit(world.ports, arrival)
    const steps = world.events.filter((event): event is StepEvent => event.type === 'step')
    expect(steps.map(({ step }) => step)).toEqual(STEPS.slice(1))
    expect(new Set(steps.map(({ upload }) => upload)).size).toBe(1)
    expect(steps.at(-1)).toMatchObject({ objectId: id, tier: 3 })
  })

  test('is told of under a random key as it is, under any other as what nobody reads a name in', () => {
    const of = (key: string, version = 'v') => uploadIdOf(world.ports.primitives, { bucket: 'intake', key, version })
    expect(of('0123456789abcdef'.repeat(2))).toBe('0123456789abcdef'.repeat(2))
    const ids = [of('Zaphod Beeblebrox.jpg'), of('Zaphod Beeblebrox.jpg', 'w'), of('A'.repeat(32)), of('')]
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  test("is by whom the event says, not by whom the client's metadata does", async () => {
    const mine = await world.arrive(await smallPicture(7), { uploader: 'client' })
    for (const uploader of [undefined, 'AWS:AIDA1']) {
      const sealed = await seal(world.ports, { ...mine, ...(uploader !== undefined && { uploader }) })
      if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
      const { opened } = await openWhole(world.ports, sealed.stored)
      expect(opened.metadata.uploader).toBe(uploader ?? 'client')
    }
  })

  test('of nothing at all, or of any bytes, is sealed as strictly as can be', async () => {
    for (const bytes of [new Uint8Array(0), pattern(1), pattern(70_000)]) {
      const id = await commit(world.ports, await world.arrive(bytes))
      expect((await contentsOf(id)).equals(bytes)).toBe(true)
      expect(await world.ports.catalogue.object(id)).toMatchObject({ tier: 3, renditions: [] })
    }
  })

  test('that brought a process down before is sealed without being looked at', async () => {
    const id = await commit(world.ports, { ...arrival, deaths: 2 })
    expect((await contentsOf(id)).equals(picture)).toBe(true)
    expect(await world.ports.catalogue.object(id)).toMatchObject({ tier: 3, renditions: [] })
  })

  test('that changes between the passes is given up, and the vault shows nothing of it', async () => {
    let reads = 0
    const get: Ports['objects']['get'] = async (ref, range) => {
      const stream = await world.ports.objects.get(ref, range)
      return ++reads === 2 ? streamOf(Buffer.concat([picture.subarray(0, -1), Buffer.of(0)])) : stream
    }
    const objects = { ...world.ports.objects, get }
    await expect(seal({ ...world.ports, objects }, arrival)).rejects.toThrow(SourceChanged)
    expect(await world.keysOf('vault', 'o/')).toEqual([])
    expect(await world.keysOf('intake')).toEqual([arrival.ref.key])
    await recover(world.ports)
    expect((await contentsOf((await committedAs(world.ports, arrival)) ?? '')).equals(picture)).toBe(true)
  })
})

describe('nothing is erased', () => {
  test('when a wrong public key is pinned', async () => {
    const stranger = await makeWorld()
    const stored = await sealed({ ...world.ports, kem: stranger.ports.kem })
    await stranger[Symbol.asyncDispose]()
    await nothingErased(stored.key, 'does-not-open')
  })

  test('when a wrong public key is pinned under the right key id', async () => {
    const keys = join(world.home, 'keys')
    await copyFile(join(keys, 'kem-0001-1024.pub'), join(keys, 'saved'))
    await writeFile(
      join(keys, 'kem-0001-1024.pub'),
      primitives.random(1568).map((byte) => byte & 0x07),
    )
    const stored = await sealed().catch(() => undefined)
    // Random bytes may be refused as a public key at once; then there is nothing to verify, and nothing lost.
    if (stored) await nothingErased(stored.key, 'does-not-open')
    await copyFile(join(keys, 'saved'), join(keys, 'kem-0001-1024.pub'))
    await recover(world.ports).catch((error: unknown) => expect(error).toBeInstanceOf(VerificationFailed))
    expect(await world.ports.objects.head('intake', arrival.ref.key)).toBeDefined()
  })

  test('when the sealed object is damaged at any of many places', async () => {
    const stored = await sealed()
    const folder = join(world.home, 'objects', 'vault', 'objects')
    const path = (await findFile(folder, stored.versionId)) ?? ''
    const good = await readFile(path)
    const start = good.length - stored.size
    for (const at of [0, 5, 40, 100, 4200, 5000, stored.size - 60, stored.size - 1]) {
      const changed = Buffer.from(good)
      changed[start + at] = (changed[start + at] ?? 0) ^ 1
      await writeFile(path, changed)
      await nothingErased(stored.key, 'does-not-open')
    }
    await writeFile(path, good.subarray(0, -1))
    await nothingErased(stored.key, 'does-not-open')
    await writeFile(path, good)
    expect(await verify(world.ports, stored.key)).toMatchObject({ outcome: 'committed' })
  })

  test('when a rendition is missing', async () => {
    const stored = await sealed()
    const [first = ''] = await world.keysOf('vault', 'r/')
    const info = await world.ports.objects.head('vault', first)
    if (info) await world.ports.objects.erase(info)
    await nothingErased(stored.key, 'rendition-wrong')
  })

  test('when a rendition was tampered with', async () => {
    const stored = await sealed()
    const [first = ''] = await world.keysOf('vault', 'r/')
    const info = await world.ports.objects.head('vault', first)
    const path = info && (await findFile(join(world.home, 'objects', 'vault'), info.versionId))
    const bytes = await readFile(path ?? '')
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await writeFile(path ?? '', bytes)
    await nothingErased(stored.key, 'rendition-wrong')
  })
})

/** What a sealer with the real recipients could store, if it were somebody else's. */
describe('a sealer that lies', () => {
  const about = (bytes: Uint8Array): Partial<Metadata> => ({
    sha256: primitives.sha256(bytes),
    source: sourceOf(arrival),
  })

  async function store(forgery: Partial<Forgery>, under?: string): Promise<{ key: string; forged: Forged }> {
    const { kem, dataKeys, stackId, objects } = world.ports
    const forged = await forge({
      stackId,
      recipients: [{ kem: await kem.current(768), dataKeys }],
      plaintext: picture,
      metadata: about(picture),
      ...forgery,
    })
    const key = under ?? `o/${hex(forged.binding.objectId)}`
    await objects.put('vault', key, streamOf(forged.object))
    return { key, forged }
  }

  test('but not at all is believed: the forgeries below differ from this one alone', async () => {
    const { key } = await store({})
    expect(await verify(world.ports, key)).toMatchObject({ outcome: 'committed' })
  })

  test('about the contents loses nothing', async () => {
    const other = pattern(picture.length)
    await nothingErased((await store({ plaintext: other, metadata: about(other) })).key, 'differs-from-upload')
    const cut = picture.subarray(1)
    await nothingErased((await store({ plaintext: cut, metadata: about(cut) })).key, 'differs-from-upload')
    await nothingErased((await store({ plaintext: other })).key, 'does-not-open')
  })

  test('about where it comes from loses nothing', async () => {
    const { source, ...without } = about(picture)
    await nothingErased((await store({ metadata: without })).key, 'no-source')
    const vault = source && { ...source, bucket: 'vault' }
    await nothingErased((await store({ metadata: { ...without, ...(vault && { source: vault }) } })).key, 'no-source')
    await nothingErased((await store({}, `o/${'0'.repeat(32)}`)).key, 'no-source')
    await nothingErased((await store({ facts: { rendition: { parent: pattern(16), kind: 1 } } })).key, 'no-source')
  })

  test('about the envelope generation loses nothing: OPEN would refuse what the catalogue could not name', async () => {
    await nothingErased((await store({ generation: 7 })).key, 'does-not-open')
  })

  test('about the stack, or to strangers, loses nothing', async () => {
    await nothingErased((await store({ stackId: 'another' })).key, 'does-not-open')
  })

  test("about renditions loses nothing: another object's, another kind, another tier", async () => {
    const tier = 2
    const other = await commit(world.ports, await world.arrive(await smallPicture(9)))
    const [theirs] = (await world.ports.catalogue.object(other))?.renditions ?? []
    const claims = (id: Uint8Array, kind = 1): Partial<Metadata> => ({
      ...about(picture),
      renditions: [{ kind, objectId: id }],
    })
    const mine = pattern(16, 3)
    const rendition = async (kind: number, parent: Uint8Array, more: Partial<Forgery['facts']> = {}) => {
      const plaintext = pattern(50)
      const facts = { rendition: { parent, kind }, tier, ...more }
      const { forged, key } = await store(
        { plaintext, facts, metadata: { sha256: primitives.sha256(plaintext) } },
        'r/x',
      )
      await world.ports.objects.put('vault', `r/${hex(forged.binding.objectId)}`, streamOf(forged.object))
      for await (const info of world.ports.objects.versions('vault', { prefix: key }))
        await world.ports.objects.erase(info)
      return forged.binding.objectId
    }
    const refused = async (metadata: Partial<Metadata>) => {
      const { key } = await store({ metadata, facts: { objectId: mine, tier } })
      await expect(verify(world.ports, key)).rejects.toMatchObject({ reason: 'rendition-wrong' })
      for await (const info of world.ports.objects.versions('vault', { prefix: key }))
        await world.ports.objects.erase(info)
    }
    await refused(claims(Buffer.from(theirs?.id ?? '', 'hex')))
    await refused(claims(await rendition(2, mine)))
    await refused(claims(await rendition(1, pattern(16, 4))))
    await refused(claims(await rendition(1, mine, { tier: 1 })))
    await refused(claims(pattern(16, 5)))
    const { key } = await store({ metadata: claims(await rendition(1, mine)), facts: { objectId: mine, tier } })
    expect(await verify(world.ports, key)).toMatchObject({ outcome: 'committed' })
    expect((await contentsOf(other, 'preview')).length).toBeGreaterThan(0)
  })

  test('under the id of a committed object replaces and removes nothing', async () => {
    const id = await commit(world.ports, arrival)
    const row = await world.ports.catalogue.object(id)
    const another = await world.arrive(picture)
    const renditions = (row?.renditions ?? []).map((each, i) => ({
      kind: i + 1,
      objectId: Buffer.from(each.id, 'hex'),
    }))
    for (const source of [sourceOf(arrival), sourceOf(another)]) {
      const facts = { objectId: Buffer.from(id, 'hex'), tier: 3 }
      const { key } = await store({ facts, metadata: { ...about(picture), source, renditions } })
      await expect(verify(world.ports, key)).rejects.toMatchObject({ reason: 'no-source' })
    }
    expect(await world.keysOf('intake')).toEqual([another.ref.key])
    for (const kind of ['original', 'preview', 'display'] as const) {
      expect((await contentsOf(id, kind)).length).toBeGreaterThan(0)
    }
  })
})

describe('the same event again', () => {
  test('sealed after the commit finds nothing to do, and nothing new is in the vault', async () => {
    await commit(world.ports, arrival)
    const before = await world.keysOf('vault')
    expect(await seal(world.ports, arrival)).toEqual({ outcome: 'gone' })
    expect(await world.keysOf('vault')).toEqual(before)
  })

  test('verified twice is committed twice, as the same object', async () => {
    const stored = await sealed()
    const first = await verify(world.ports, stored.key, stored.versionId)
    expect(await verify(world.ports, stored.key, stored.versionId)).toEqual(first)
    expect(await world.ports.catalogue.objects()).toHaveLength(1)
  })

  test('verified before it was stored, or of a rendition, does nothing', async () => {
    expect(await verify(world.ports, `o/${'0'.repeat(32)}`)).toEqual({ outcome: 'gone' })
    const [rendition = ''] = await sealed().then(() => world.keysOf('vault', 'r/'))
    expect(await verify(world.ports, rendition)).toEqual({ outcome: 'rendition' })
    expect(await world.ports.catalogue.objects()).toEqual([])
  })

  test.each([
    ['one after the other', false],
    ['at the same time', true],
  ])('two attempts, verified %s: one winner, and nothing left of the loser', async (_, together) => {
    const stored = [await sealed(), await sealed()]
    // As the queue does: the upload may be erased while the other still compares itself with it.
    const run = async (info: ObjectInfo, tries = 3): Promise<VerifyOutcome> => {
      try {
        return await verify(world.ports, info.key, info.versionId)
      } catch (error) {
        if (!(error instanceof Unavailable) || tries === 1) throw error
        return run(info, tries - 1)
      }
    }
    const outcomes = together
      ? await Promise.all(stored.map((info) => run(info)))
      : [await run(stored[0] as ObjectInfo), await run(stored[1] as ObjectInfo)]
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['committed', 'superseded'])
    const id = (await committedAs(world.ports, arrival)) ?? ''
    const row = await world.ports.catalogue.object(id)
    expect(await world.keysOf('vault')).toHaveLength(3)
    expect(await world.keysOf('vault', 'o/')).toEqual([`o/${id}`])
    expect((await world.keysOf('vault', 'r/')).sort()).toEqual(row?.renditions.map((each) => `r/${each.id}`).sort())
    expect(await world.keysOf('intake')).toEqual([])
    expect((await contentsOf(id)).equals(picture)).toBe(true)
    const last = world.events.filter((event): event is StepEvent => event.type === 'step').at(-1)
    expect(last).toMatchObject({ step: 'erased', objectId: id })
  })

  test('a loser whose renditions are gone already goes as well', async () => {
    const [winner, loser] = [await sealed(), await sealed()]
    await verify(world.ports, winner.key)
    const kept = new Set((await world.ports.catalogue.objects())[0]?.renditions.map(({ id }) => `r/${id}`))
    for (const key of await world.keysOf('vault', 'r/')) {
      const info = await world.ports.objects.head('vault', key)
      if (info && !kept.has(key)) await world.ports.objects.erase(info)
    }
    expect(await verify(world.ports, loser.key)).toMatchObject({ outcome: 'superseded' })
    expect(await world.keysOf('vault', 'o/')).toEqual([winner.key])
  })
})

describe('services that do not answer', () => {
  test('leave the upload where it is, and are told as unavailable', async () => {
    const down = async () => {
      throw new Unavailable('not now')
    }
    await expect(seal({ ...world.ports, dataKeys: { generateDataKey: down } }, arrival)).rejects.toThrow(Unavailable)
    const stored = await sealed()
    const keyService = { ...world.ports.keyring.keyService, decrypt: down }
    const keyring = { ...world.ports.keyring, keyService }
    await expect(verify({ ...world.ports, keyring }, stored.key)).rejects.toThrow(Unavailable)
    expect(await world.keysOf('intake')).toEqual([arrival.ref.key])
  })
})

test('what the catalogue names is what opens: another object in its place is refused', async () => {
  const a = await commit(world.ports, arrival)
  const b = await commit(world.ports, await world.arrive(await smallPicture(7)))
  const [rowA, rowB] = [await world.ports.catalogue.object(a), await world.ports.catalogue.object(b)]
  if (!rowA || !rowB) throw new Error('two objects')
  const swapped = { ...rowA, versionId: rowB.versionId, size: rowB.size }
  await expect(openStored(world.ports, `o/${b}`, swapped, 0)).rejects.toThrow(/^authentication failed$/)
  await expect(openStored(world.ports, `o/${b}`, { ...swapped, id: b }, 0)).rejects.toThrow(/^authentication failed$/)
})

async function findFile(folder: string, name: string): Promise<string | undefined> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.name === name && entry.isFile()) return join(entry.parentPath, entry.name)
  }
  return undefined
}
