// After a rotation every object gets an envelope under the new keys, whatever kills or races the run; bodies stay as they are.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type NeedPlace, needOf, needSlice } from '../../shared/flow/need.ts'
import { readAsOwner } from '../../shared/flow/open.ts'
import { remove } from '../../shared/flow/remove.ts'
import { type RewrapPorts, type RewrapStep, rewrap } from '../../shared/flow/rewrap.ts'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { ORPHAN_GRACE_MS, sweep } from '../../shared/flow/sweep.ts'
import { systemClock } from '../../shared/platform/local/clock.ts'
import { listKeys, openKeyService, rotateKeys, setRetired } from '../../shared/platform/local/keys.ts'
import { type ObjectRow, type Objects, Unavailable } from '../../shared/platform/ports.ts'
import { collect, streamOf } from '../support/memory.ts'
import { filesBelow } from '../support/search.ts'
import { commit, makeWorld, type Ports, smallPicture, type World } from '../support/world.ts'

const OWNER = { ip: '127.0.0.1', principal: 'test' }
let world: World
let ports: Ports
let pictures: Map<string, Buffer>

beforeEach(async () => {
  world = await makeWorld()
  ports = withRotatingKeys(world)
  pictures = new Map()
  for (const seed of [1, 2, 3]) {
    const picture = await smallPicture(seed)
    pictures.set(await commit(ports, await world.arrive(picture)), picture)
  }
})
afterEach(() => world[Symbol.asyncDispose]())

/** As a deployment has it: the allow-list is asked each time. */
function withRotatingKeys({ home, ports }: World): Ports {
  const { stackId, custody } = ports.keyring
  const keyService = openKeyService(home)
  const keyring = { stackId, custody, keyService }
  return { ...ports, keyring, dataKeys: keyService }
}

const rotate = () => rotateKeys(world.home, ports.primitives, systemClock)

async function run(with_: Partial<RewrapPorts> = {}): Promise<RewrapStep[]> {
  const steps: RewrapStep[] = []
  for await (const step of rewrap({ ...ports, ...with_ })) steps.push(step)
  return steps
}

const outcomes = (steps: readonly RewrapStep[]) => [...new Set(steps.map(({ outcome }) => outcome))]

async function opens(id: string, rendition?: 'preview' | 'display'): Promise<Buffer> {
  const read = await readAsOwner(ports, OWNER, id, rendition)
  if (!read) throw new Error('no such object')
  return collect(read.opened.stream())
}

async function allOpen(): Promise<void> {
  for (const [id, picture] of pictures) {
    expect((await opens(id)).equals(picture)).toBe(true)
    for (const kind of ['preview', 'display'] as const) expect((await opens(id, kind)).length).toBeGreaterThan(0)
  }
}

/** Digests of everything in the vault but envelopes made anew. */
function bodies(): string[] {
  return filesBelow(join(world.home, 'objects', 'vault'))
    .filter((file) => !/objects\/e/.test(file))
    .map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'))
}

const rows = () => ports.catalogue.objects()
const generationsOf = ({ envelopeGeneration, renditions }: ObjectRow) => [
  envelopeGeneration,
  ...renditions.map((rendition) => rendition.envelopeGeneration),
]

async function need(generation: number) {
  const list = await listKeys(world.home)
  const found = list?.generations.find((one) => one.generation === generation)
  const others = list?.generations.filter((one) => one !== found && one.state === 'active') ?? []
  return needOf(ports, { kemKeyId: found?.keyId ?? '', others: new Set(others.map(({ keyId }) => keyId)) })
}

describe('rewrap', () => {
  test('does nothing before a rotation', async () => {
    expect(outcomes(await run())).toEqual(['current'])
    expect(await world.keysOf('vault', 'e/')).toEqual([])
  })

  test('brings every object and rendition under the new generation, so that the old one can be retired', async () => {
    const before = bodies()
    await rotate()
    await allOpen()
    expect(await need(1)).toEqual({ objects: 3, waiting: 0, unknown: 0 })
    expect(outcomes(await run())).toEqual(['rewrapped'])
    for (const row of await rows()) expect(generationsOf(row)).toEqual([1, 1, 1])
    expect(bodies().sort()).toEqual(before.sort())
    expect(outcomes(await run())).toEqual(['current'])
    expect(await need(1)).toEqual({ objects: 0, waiting: 0, unknown: 0 })
    await setRetired(world.home, 1, true)
    await allOpen()
  })

  test('goes on through several rotations', async () => {
    for (const generation of [1, 2, 3]) {
      await rotate()
      await run()
      for (const row of await rows()) expect(generationsOf(row)).toEqual([generation, generation, generation])
    }
    for (const retired of [1, 2, 3]) await setRetired(world.home, retired, true)
    await allOpen()
  })

  test('killed after any of its writes it loses nothing, and the next run finishes', async () => {
    await rotate()
    let killed = 0
    for (let writes = 0; ; writes++) {
      let left = writes
      const dying = async <T>(work: () => Promise<T>, after: boolean): Promise<T> => {
        if (after && left === 0) throw new Error('killed')
        const result = await work()
        if (left-- === 0) throw new Error('killed')
        return result
      }
      const objects: Objects = { ...ports.objects, put: (...given) => dying(() => ports.objects.put(...given), true) }
      const { catalogue } = ports
      const dead = await run({
        objects,
        catalogue: { ...catalogue, moveEnvelope: (...given) => dying(() => catalogue.moveEnvelope(...given), false) },
      }).then(
        () => false,
        (error: unknown) => error instanceof Error && error.message === 'killed',
      )
      await allOpen()
      if (!dead) break
      killed++
    }
    expect(killed).toBeGreaterThan(3)
    expect(outcomes(await run())).toEqual(['current'])
    await setRetired(world.home, 1, true)
    await allOpen()
  })

  test('two runs at once make one envelope each object', async () => {
    await rotate()
    const steps = (await Promise.all([run(), run(), run()])).flat()
    expect(steps.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(steps.filter(({ outcome }) => outcome === 'rewrapped')).toHaveLength(9)
    expect(await world.keysOf('vault', 'e/')).toHaveLength(9)
    await setRetired(world.home, 1, true)
    await allOpen()
  })

  test('passes over envelopes that are of no use: garbage, another object’s, one of a generation in between', async () => {
    const [a = '', b = '', c = ''] = pictures.keys()
    await rotate()
    const put = (key: string, bytes: Uint8Array) => ports.objects.put('vault', key, streamOf(bytes))
    await put(VAULT_KEYS.envelope(a, 1), new Uint8Array(2000).fill(7))
    // A run under generation 2 that died before the catalogue moved.
    const { catalogue } = ports
    const moveEnvelope = async () => {
      throw new Error('killed')
    }
    const every = async function* () {
      for await (const row of catalogue.every()) if (row.id === b) yield row
    }
    await run({ catalogue: { ...catalogue, moveEnvelope, every } }).catch(() => {})
    const [stored] = await world.keysOf('vault', `e/${b}/`)
    expect(stored).toBe(VAULT_KEYS.envelope(b, 1))
    const info = await ports.objects.head('vault', stored ?? '')
    const stream = info && (await ports.objects.get(info))
    await put(VAULT_KEYS.envelope(c, 1), stream ? await collect(stream) : new Uint8Array())
    await rotate()
    expect(outcomes(await run())).toEqual(['rewrapped'])
    const generations = new Map((await rows()).map((row) => [row.id, row.envelopeGeneration]))
    expect([a, b, c].map((id) => generations.get(id))).toEqual([2, 2, 2])
    for (const retired of [1, 2]) await setRetired(world.home, retired, true)
    await allOpen()
  })

  test('tells what does not open and goes on', async () => {
    const [row] = await rows()
    await rotate()
    const [damaged = ''] = filesBelow(join(world.home, 'objects', 'vault')).filter((file) =>
      file.includes(`o_2f${row?.id}`),
    )
    const bytes = readFileSync(damaged)
    bytes[200] = (bytes[200] ?? 0) ^ 1
    writeFileSync(damaged, bytes)
    const steps = await run()
    expect(steps.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { objectId: row?.id, sealedId: row?.id, outcome: 'failed', reason: 'authentication-failed' },
    ])
    expect(steps.filter(({ outcome }) => outcome === 'rewrapped')).toHaveLength(8)
  })

  test('names no envelope that does not open: with a wrong public key pinned, nothing moves', async () => {
    await rotate()
    const kem = {
      current: async (level: 768 | 1024) => {
        const right = await ports.kem.current(level)
        return { ...right, publicKey: await wrongKey(level) }
      },
    }
    expect(await run({ kem })).toEqual(
      expect.arrayContaining([expect.objectContaining({ outcome: 'failed', reason: 'unavailable' })]),
    )
    expect(await world.keysOf('vault', 'e/')).toEqual([])
    for (const row of await rows()) expect(generationsOf(row)).toEqual([0, 0, 0])
  })
})

async function wrongKey(level: 768 | 1024): Promise<Uint8Array> {
  const { ml_kem768, ml_kem1024 } = await import('@noble/post-quantum/ml-kem.js')
  return (level === 768 ? ml_kem768 : ml_kem1024).keygen().publicKey
}

describe('an object with a newer envelope', () => {
  let id: string
  let rendition: string
  const fileOf = (key: string) => {
    const [file = ''] = filesBelow(join(world.home, 'objects', 'vault')).filter((path) =>
      path.includes(key.replaceAll('/', '_2f')),
    )
    expect(existsSync(file)).toBe(true)
    return file
  }
  beforeEach(async () => {
    await rotate()
    await run()
    const [row] = await rows()
    id = row?.id ?? ''
    rendition = row?.renditions[0]?.id ?? ''
  })

  test('is refused when the envelope is missing, cut, changed or exchanged', async () => {
    const other = [...pictures.keys()].find((one) => one !== id) ?? ''
    const file = fileOf(VAULT_KEYS.envelope(id, 1))
    const whole = readFileSync(file)
    const refused = () => expect(opens(id)).rejects.toThrow(/^authentication failed$/)
    const changed = Buffer.from(whole)
    changed[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1
    const header = whole.readUInt32BE(4) + 8
    const foreign = readFileSync(fileOf(VAULT_KEYS.envelope(other, 1)))
    const exchanged = Buffer.concat([whole.subarray(0, header), foreign.subarray(foreign.readUInt32BE(4) + 8)])
    for (const bytes of [changed, whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)]), exchanged]) {
      writeFileSync(file, bytes)
      await refused()
    }
    writeFileSync(file, whole)
    await opens(id)
    rmSync(file)
    await refused()
  })

  test('and its rendition are refused under the old envelope by the catalogue, though the old keys are there', async () => {
    for (const sealed of [id, rendition]) rmSync(fileOf(VAULT_KEYS.envelope(sealed, 1)))
    await expect(opens(id)).rejects.toThrow(/^authentication failed$/)
    await expect(opens(id, 'preview')).rejects.toThrow(/^authentication failed$/)
    await opens(id, 'display')
  })

  test('takes its envelopes along when it is removed, those that no catalogue names too', async () => {
    await ports.objects.put('vault', VAULT_KEYS.envelope(id, 9), streamOf(new Uint8Array(100)))
    await remove(ports, OWNER, id)
    expect(await world.keysOf('vault', `e/${id}/`)).toEqual([])
    expect(await world.keysOf('vault', `e/${rendition}/`)).toEqual([])
    expect(await world.keysOf('vault', 'e/')).toHaveLength(6)
  })

  test('keeps them through a sweep; those of objects that are gone go after the time of grace', async () => {
    await ports.objects.put('vault', VAULT_KEYS.envelope(id, 2), streamOf(new Uint8Array(100)))
    await ports.objects.put('vault', VAULT_KEYS.envelope('f'.repeat(32), 1), streamOf(new Uint8Array(100)))
    const requeue = () => {
      throw new Error('nothing is to be done again')
    }
    expect((await sweep({ ...ports, requeue })).orphans).toBe(0)
    world.clock.time += ORPHAN_GRACE_MS + 60_000
    expect((await sweep({ ...ports, requeue })).orphans).toBe(1)
    expect(await world.keysOf('vault', 'e/')).toHaveLength(10)
    expect(await world.keysOf('vault', 'e/ffff')).toEqual([])
    await allOpen()
  })
})

test('a generation is needed by what waits to be verified, and not by what never will be', async () => {
  const { seal } = await import('../../shared/flow/seal.ts')
  await seal(ports, await world.arrive(await smallPicture(9)))
  await rotate()
  await run()
  expect(await need(1)).toEqual({ objects: 0, waiting: 1, unknown: 0 })
  expect(await need(2)).toEqual({ objects: 3, waiting: 0, unknown: 0 })
  const custody = { ...ports.keyring.custody, decapsulate: async () => new Uint8Array(32) }
  const { stackId, keyService } = ports.keyring
  const wrong = { ...ports, keyring: { stackId, keyService, custody } }
  const list = await listKeys(world.home)
  expect(await needOf(wrong, { kemKeyId: list?.generations[0]?.keyId ?? '', others: new Set() })).toMatchObject({
    waiting: 0,
  })
})

test('a generation is needed by newer envelopes of objects that a lost catalogue no longer names', async () => {
  await rotate()
  await run()
  await setRetired(world.home, 1, true)
  await rotate()
  const committed = await need(2)
  for (const { id } of await rows()) await ports.catalogue.forget(id, { again: true })
  expect([committed, await need(2)]).toEqual([
    { objects: 3, waiting: 0, unknown: 0 },
    { objects: 0, waiting: 3, unknown: 0 },
  ])
})

test('what waits and can’t be read, or tried, is unknown and not unneeded', async () => {
  const { seal } = await import('../../shared/flow/seal.ts')
  await seal(ports, await world.arrive(await smallPicture(9)))
  await rotate()
  await run()
  const fails = async () => {
    throw new Unavailable('throttled')
  }
  const kemKeyId = (await listKeys(world.home))?.generations[0]?.keyId ?? ''
  const asked = { kemKeyId, others: new Set<string>() }
  const { keyring } = ports
  const keyService = { ...keyring.keyService, decrypt: fails }
  expect(await needOf({ ...ports, keyring: { ...keyring, keyService } }, asked)).toMatchObject({
    waiting: 0,
    unknown: 1,
  })
  const away = await needOf({ ...ports, objects: { ...ports.objects, get: fails } }, asked)
  expect(away).toMatchObject({ waiting: 0, unknown: 4 })
})

test('need adds up, whatever the slices and shares it is counted in', async () => {
  const { seal } = await import('../../shared/flow/seal.ts')
  for (const seed of [9, 10, 11]) await seal(ports, await world.arrive(await smallPicture(seed)))
  await rotate()
  const [lost] = await rows()
  if (lost) await ports.objects.erase({ bucket: 'vault', key: VAULT_KEYS.object(lost.id), versionId: lost.versionId })
  const kemKeyId = (await listKeys(world.home))?.generations[0]?.keyId ?? ''
  const asked = { kemKeyId, others: new Set<string>() }
  const all = { objects: 3, waiting: 3, unknown: 0 }
  // The lost one's renditions still say what they need.
  expect(await needOf(ports, asked)).toEqual(all)

  for (const shards of [[''], [...'0123456789abcdef']]) {
    for (const every of [1, 2]) {
      const sum = { objects: 0, waiting: 0, unknown: 0 }
      const places: string[] = []
      for (const shard of shards) {
        for (let from: NeedPlace | undefined, looked = 0, done = false; !done; ) {
          const isOver = () => ++looked % every === 0
          const { need: counted, next } = await needSlice(ports, asked, { shard, from, isOver })
          sum.objects += counted.objects
          sum.waiting += counted.waiting
          sum.unknown += counted.unknown
          if (next) places.push(`${shard} ${next.counting} ${next.after}`)
          ;[from, done] = [next, next === undefined]
        }
      }
      expect(sum, `${shards.length} shares, ${every} at a time`).toEqual(all)
      expect(new Set(places).size).toBe(places.length)
    }
  }
})

test('an object whose file is gone is told as unavailable', async () => {
  await rotate()
  const [row] = await rows()
  if (row) await ports.objects.erase({ bucket: 'vault', key: VAULT_KEYS.object(row.id), versionId: row.versionId })
  const failed = (await run()).filter(({ outcome }) => outcome === 'failed')
  expect(failed).toMatchObject([{ sealedId: row?.id, reason: 'unavailable' }])
  expect(await need(1)).toEqual({ objects: 0, waiting: 0, unknown: 1 })
})
