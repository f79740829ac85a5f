/** Invariant 4: neither the picture, its name, what it shows, a token nor a key is in anything that isn't sealed. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { readAsOwner, readByLink } from '../../shared/flow/open.ts'
import { seal } from '../../shared/flow/seal.ts'
import { verify } from '../../shared/flow/verify.ts'
import { openKeyService } from '../../shared/platform/local/keys.ts'
import { collect } from '../support/memory.ts'
import { commit, makeWorld, PREVIEWS, recover, smallPicture, type World } from '../support/world.ts'

const NAME = 'Zaphod-Beeblebrox-passport.png'
const UPLOADER = 'Trillian-of-Islington'
const REASON = 'two heads and a third arm'
const WORDS = ['Zaphod', 'Beeblebrox', 'Trillian', 'Islington', 'two heads', 'third arm', 'unreadable', 'image/png']
const CALLER = { principal: 'owner', ip: '127.0.0.1' }

let world: World
let picture: Buffer
const secrets: string[] = []
const said: string[] = []

async function note(run: () => Promise<unknown>): Promise<void> {
  await run().catch((error: unknown) =>
    said.push(error instanceof Error ? `${error.stack}${JSON.stringify(error)}` : ''),
  )
}

/** Every file below the home, but those that hold the keys themselves. */
async function filesAtRest(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const entry of await readdir(world.home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !path.startsWith(join(world.home, 'keys'))) files.set(path, await readFile(path))
  }
  return files
}

function found(needle: string | Uint8Array, files: ReadonlyMap<string, Buffer>): string[] {
  const bytes = Buffer.from(needle)
  return [...files]
    .filter(([path, data]) => data.includes(bytes) || path.includes(bytes.toString('latin1')))
    .map(([path]) => path)
}

beforeAll(async () => {
  const rules = [{ when: { unreadable: 0 }, tier: 'restricted' as const, reason: REASON }]
  world = await makeWorld({ policy: { ...PREVIEWS, rules } })
  picture = await smallPicture(5)
  const id = await commit(world.ports, await world.arrive(picture, { fileName: NAME, uploader: UPLOADER }))
  const made = await makeLinkFor(world.ports, { ...CALLER, objectId: id, rendition: 'original', uses: 2 })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  const path = new URL(made.url).pathname
  secrets.push(path.slice(3))
  for (const method of ['GET', 'HEAD', 'POST', 'GET', 'GET']) {
    await note(async () => {
      const { body } = await readByLink(world.ports, { method, path, ip: '127.0.0.1', userAgent: 'a browser' })
      if (body) await collect(body)
    })
  }
  const read = await readAsOwner(world.ports, CALLER, id)
  expect(read?.opened.metadata).toMatchObject({ fileName: NAME, uploader: UPLOADER })
  expect(read?.opened.metadata.reasons?.join()).toContain(REASON)

  // What fails says what it says.
  const stranger = await makeWorld()
  const arrival = await world.arrive(await smallPicture(6), { fileName: NAME, uploader: UPLOADER })
  await note(async () => {
    const sealed = await seal({ ...world.ports, kem: stranger.ports.kem }, arrival)
    if (sealed.outcome === 'sealed') await note(() => verify(world.ports, sealed.stored.key))
    if (sealed.outcome === 'sealed') await world.ports.objects.erase(sealed.stored)
  })
  await stranger[Symbol.asyncDispose]()
  const get = async () => {
    throw new Error('the disk is on fire')
  }
  await note(() => seal({ ...world.ports, objects: { ...world.ports.objects, get } }, arrival))
  await recover(world.ports)
})
afterAll(() => world[Symbol.asyncDispose]())

describe('the search', () => {
  test('finds a planted copy, so that finding nothing means something', async () => {
    const planted = await world.arrive(picture, { fileName: NAME })
    const files = await filesAtRest()
    expect(found(picture.subarray(20, 84), files)).toHaveLength(1)
    expect(found('Zaphod', files)).toHaveLength(1)
    await world.ports.objects.erase(planted.ref)
  })

  test('had errors and events to look at', () => {
    expect(said.length).toBeGreaterThanOrEqual(2)
    expect(world.events.length).toBeGreaterThan(15)
  })
})

describe('nothing of the picture is at rest', () => {
  test('no piece of its bytes', async () => {
    const files = await filesAtRest()
    for (let at = 0; at + 16 <= picture.length; at += 16)
      expect(found(picture.subarray(at, at + 16), files)).toEqual([])
  })

  test.each(WORDS)('%j: in no file, no file name, no database', async (word) => {
    expect(found(word, await filesAtRest())).toEqual([])
  })
})

describe('nothing of it is said', () => {
  const everything = async () =>
    JSON.stringify([
      world.events,
      said,
      await world.ports.catalogue.objects({ limit: 100 }),
      await world.ports.catalogue.links(),
      await world.ports.catalogue.accesses({ limit: 1000 }),
    ])

  test.each(WORDS)('%j: in no event, error, or catalogue row', async (word) => {
    expect(await everything()).not.toContain(word)
  })

  test('no link token, in files or words', async () => {
    expect(secrets).toHaveLength(1)
    for (const token of secrets) {
      const files = await filesAtRest()
      expect(await everything()).not.toContain(token)
      expect(found(token, files)).toEqual([])
      expect(found(Buffer.from(token, 'base64url').subarray(-32), files)).toEqual([])
    }
  })

  test('no key', async () => {
    const words = await everything()
    const files = await filesAtRest()
    const folder = join(world.home, 'keys')
    for (const name of (await readdir(folder)).filter((name) => /\.(key|seed)$/.test(name))) {
      const key = await readFile(join(folder, name))
      expect(found(key, files)).toEqual([])
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        expect(words).not.toContain(key.toString(encoding))
    }
    const { plaintext } = await openKeyService(world.home).generateDataKey({ a: 'b' })
    expect(found(plaintext, files)).toEqual([])
  })
})
