/** OPEN: what a link opens, what it costs to try, and that every read is an event. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, answerTo } from '../../shared/flow/answer.ts'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { type LinkReadRequest, readAsOwner, readByLink } from '../../shared/flow/open.ts'
import { remove } from '../../shared/flow/remove.ts'
import { AuthenticationFailed, ObjectMissing, Unavailable } from '../../shared/platform/ports.ts'
import { collect, pattern } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'
import { faultAt } from './faults.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
const READER = { ip: '192.0.2.7', userAgent: 'a browser' }
const HOUR = 3_600_000
let world: World
let picture: Buffer
let id = ''
let large = ''
const largeBytes = pattern(40_000)

beforeAll(async () => {
  world = await makeWorld()
  picture = await smallPicture()
  id = await commit(world.ports, await world.arrive(picture, { fileName: 'holiday.png' }))
  large = await commit(world.ports, await world.arrive(largeBytes))
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  world.events.length = 0
})

interface Order {
  readonly objectId?: string
  readonly rendition?: 'original' | 'preview' | 'display'
  readonly uses?: number
  readonly ttlMs?: number
}

async function link({
  objectId = id,
  rendition = 'original',
  ...rest
}: Order = {}): Promise<{ path: string; linkId: string }> {
  const made = await makeLinkFor(world.ports, { ...OWNER, objectId, rendition, ...rest })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  world.events.length = 0
  return { path: new URL(made.url).pathname, linkId: made.linkId }
}

function read(path: string, more: Partial<LinkReadRequest> = {}): Promise<Answer> {
  return readByLink(world.ports, { method: 'GET', path, ...READER, ...more })
}

async function bodyOf({ body }: Answer): Promise<Buffer> {
  return body ? collect(body) : Buffer.alloc(0)
}

const usesLeft = async (linkId: string) => (await world.ports.catalogue.link(linkId))?.usesLeft
const lastAccess = async () => (await world.ports.catalogue.accesses({ limit: 1 }))[0]

/** The port calls that answering this request made. */
async function callsFor(path: string, more: Partial<LinkReadRequest> = {}): Promise<readonly string[]> {
  const { ports, calls } = faultAt(world.ports, 0)
  const answer = await readByLink(ports, { method: 'GET', path, ...READER, ...more })
  await bodyOf(answer)
  return calls
}

describe('a link', () => {
  test('gives the exact bytes, once', async () => {
    const { path, linkId } = await link()
    const answer = await read(path)
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'Content-Type': 'image/png',
      'Content-Length': String(picture.length),
      'Content-Security-Policy': "sandbox; default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    })
    expect((await bodyOf(answer)).equals(picture)).toBe(true)
    expect(await usesLeft(linkId)).toBe(0)
    const again = await read(path)
    expect([again.status, (await bodyOf(again)).toString()]).toEqual([410, 'this link has been used up\n'])
  })

  test('of one use, tried by ten at once, opens for one', async () => {
    const { path } = await link()
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => read(path)))).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, ...Array(9).fill(410)])
  })

  test.each(['preview', 'display'] as const)('for a %s opens that alone', async (rendition) => {
    const { path } = await link({ rendition })
    const answer = await read(path)
    const bytes = await bodyOf(answer)
    expect([answer.status, answer.headers['Content-Type']]).toEqual([200, 'image/webp'])
    const own = await readAsOwner(world.ports, OWNER, id, rendition)
    expect(own && (await collect(own.opened.stream())).equals(bytes)).toBe(true)
    expect(bytes.equals(picture)).toBe(false)
  })

  test('for one object opens no other, whatever the catalogue is made to say', async () => {
    const { path, linkId } = await link()
    const row = await world.ports.catalogue.link(linkId)
    if (!row) throw new Error('the link')
    for (const change of [{ objectId: large }, { rendition: 'preview' as const }, { expires: row.expires + 1 }]) {
      const catalogue = { ...world.ports.catalogue, link: async () => ({ ...row, ...change }) }
      const answer = await readByLink({ ...world.ports, catalogue }, { method: 'GET', path, ...READER })
      expect(answer.status).toBe(404)
    }
    expect(await usesLeft(linkId)).toBe(1)
  })

  test('opens nothing when another object lies in the place of its own', async () => {
    const { path } = await link()
    const other = await world.ports.catalogue.object(large)
    const get = world.ports.objects.get
    const objects = {
      ...world.ports.objects,
      get: async (ref: Parameters<typeof get>[0], range?: Parameters<typeof get>[1]) =>
        get(other ? { ...ref, key: `o/${large}`, versionId: other.versionId } : ref, range),
    }
    const opening = readByLink({ ...world.ports, objects }, { method: 'GET', path, ...READER })
    await expect(opening).rejects.toThrow(/^authentication failed$/)
  })
})

describe('statuses', () => {
  const statusOf = async (path: string) => (await read(path)).status

  test('expired, to the millisecond, by the clock of the server', async () => {
    const { path, linkId } = await link({ ttlMs: HOUR })
    const { time } = world.clock
    world.clock.time = time + HOUR
    expect(await statusOf(path)).toBe(410)
    expect(await lastAccess()).toMatchObject({ status: 410, link: linkId })
    world.clock.time = time + HOUR - 1
    expect(await statusOf(path)).toBe(200)
    world.clock.time = time
  })

  test('too early', async () => {
    const { path, linkId } = await link()
    world.clock.time -= 1
    expect(await statusOf(path)).toBe(403)
    world.clock.time += 1
    expect(await usesLeft(linkId)).toBe(1)
  })

  test('revoked, and removed with its object', async () => {
    const { path, linkId } = await link()
    await world.ports.catalogue.revoke(linkId)
    expect(await statusOf(path)).toBe(410)
    const gone = await commit(world.ports, await world.arrive(await smallPicture(3)))
    const other = await link({ objectId: gone })
    expect(await remove(world.ports, OWNER, gone)).toBe(true)
    expect(await statusOf(other.path)).toBe(410)
    expect(await world.keysOf('vault', `o/${gone}`)).toEqual([])
  })

  test('of a token that we minted, but hold no row of', async () => {
    const { path, linkId } = await link()
    const catalogue = { ...world.ports.catalogue, link: async () => undefined }
    const answer = await readByLink({ ...world.ports, catalogue }, { method: 'GET', path, ...READER })
    expect([answer.status, (await bodyOf(answer)).toString()]).toEqual([404, 'not found\n'])
    expect(await usesLeft(linkId)).toBe(1)
  })

  test('of a token that knows a newer envelope than the catalogue: it was rolled back (docs/LINKS.md step 10)', async () => {
    const row = await world.ports.catalogue.object(id)
    if (!row) throw new Error('the object')
    const at = (envelopeGeneration: number) => ({
      ...world.ports,
      catalogue: { ...world.ports.catalogue, object: async () => ({ ...row, envelopeGeneration }) },
    })
    const made = await makeLinkFor(at(3), { ...OWNER, objectId: id, rendition: 'original' })
    if (made.outcome !== 'made') throw new Error(made.outcome)
    const { pathname: path } = new URL(made.url)
    for (const method of ['GET', 'HEAD']) {
      const answer = await readByLink(at(2), { method, path, ...READER })
      expect([answer.status, (await bodyOf(answer)).toString()], method).toEqual([404, 'not found\n'])
      expect(await lastAccess()).toMatchObject({ status: 404, link: made.linkId })
    }
    expect(await usesLeft(made.linkId)).toBe(1)
    for (const generation of [3, 4]) {
      const answer = await readByLink(at(generation), { method: 'HEAD', path, ...READER })
      expect(answer.status).toBe(200)
    }
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'get', ''])('method %j is not allowed', async (method) => {
    const { path, linkId } = await link()
    const answer = await read(path, { method })
    expect([answer.status, answer.headers.Allow]).toEqual([405, 'GET, HEAD'])
    expect(await usesLeft(linkId)).toBe(1)
  })

  test('errors say what kind they are and nothing of their cause', async () => {
    const secret = 'Zaphod'
    for (const [error, status] of [
      [new AuthenticationFailed(), 502],
      [new ObjectMissing(), 502],
      [new Unavailable(secret), 503],
      [new Error(secret), 500],
      [secret, 500],
    ] as const) {
      const answer = answerTo(error)
      expect(answer.status).toBe(status)
      expect(JSON.stringify(answer.headers) + (await bodyOf(answer))).not.toContain(secret)
    }
  })
})

describe('what a request costs', () => {
  test('a use is spent before any key or object is touched', async () => {
    const calls = await callsFor((await link()).path)
    const spent = calls.indexOf('catalogue.spend')
    const keyed = calls.findIndex((call) => /^(custody|keyService|objects)\./.test(call))
    expect(spent).toBeGreaterThan(-1)
    expect(keyed).toBeGreaterThan(spent)
    expect(calls.filter((call) => call.startsWith('keyService.decrypt'))).toHaveLength(1)
  })

  test('refused ones touch no key and no object', async () => {
    const used = await link()
    await bodyOf(await read(used.path))
    const revoked = await link()
    await world.ports.catalogue.revoke(revoked.linkId)
    for (const { path } of [used, revoked]) {
      expect((await callsFor(path)).filter((call) => /^(custody|keyService|objects)\./.test(call))).toEqual([])
    }
  })

  test('HEAD spends nothing, opens nothing, and says the size', async () => {
    const { path, linkId } = await link()
    const calls = await callsFor(path, { method: 'HEAD' })
    expect(calls.filter((call) => /^(custody|keyService|objects|catalogue\.spend)/.test(call))).toEqual([])
    const answer = await read(path, { method: 'HEAD' })
    expect([answer.status, answer.headers['Content-Length'], answer.body]).toEqual([
      200,
      String(picture.length),
      undefined,
    ])
    expect(await usesLeft(linkId)).toBe(1)
  })
})

describe('ranges', () => {
  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=100-', 100, 39_999],
    ['bytes=-5', 39_995, 39_999],
    ['bytes=16383-16384', 16_383, 16_384],
    ['bytes=39999-99999', 39_999, 39_999],
    ['bytes=-99999', 0, 39_999],
  ])('%s', async (range, first, last) => {
    const { path } = await link({ objectId: large })
    const answer = await read(path, { range })
    expect(answer.status).toBe(206)
    expect(answer.headers).toMatchObject({
      'Content-Range': `bytes ${first}-${last}/40000`,
      'Content-Length': String(last - first + 1),
    })
    expect((await bodyOf(answer)).equals(largeBytes.subarray(first, last + 1))).toBe(true)
    expect(await lastAccess()).toMatchObject({ status: 206, bytes: last - first + 1 })
  })

  test.each(['bytes=40000-', 'bytes=99999-100000', 'bytes=-0'])('%s: 416, and no use is spent', async (range) => {
    const { path, linkId } = await link({ objectId: large })
    const answer = await read(path, { range })
    expect([answer.status, answer.headers['Content-Range']]).toEqual([416, 'bytes */40000'])
    expect(await usesLeft(linkId)).toBe(1)
    expect(await lastAccess()).toMatchObject({ status: 416, bytes: 0, link: linkId })
  })

  test.each([
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=0-1,5-6',
    'chunks=0-1',
    'bytes=a-b',
    'bytes= 0-1',
    'bytes=0x1-2',
  ])('%j is ignored: everything', async (range) => {
    const { path } = await link({ objectId: large })
    const answer = await read(path, { range })
    expect([answer.status, (await bodyOf(answer)).length]).toEqual([200, 40_000])
  })
})

describe('every read is an event, in the catalogue and for whoever watches', () => {
  test('with what it was, who did it and how it ended', async () => {
    const { path, linkId } = await link()
    await bodyOf(await read(path))
    await read(path)
    const [refused, opened] = await world.ports.catalogue.accesses({ limit: 2 })
    const shared = {
      principal: `link:${linkId}`,
      action: 'read',
      object: id,
      rendition: 'original',
      link: linkId,
      ...READER,
    }
    expect(opened).toMatchObject({ ...shared, status: 200, bytes: picture.length })
    expect(refused).toMatchObject({ ...shared, status: 410, bytes: 0 })
    const watched = world.events.flatMap((event) => (event.type === 'access' ? [event.access] : []))
    expect(watched).toEqual([opened, refused])
  })

  test('also HEAD, links that are made, removals, and reads by the owner, found or not', async () => {
    const { path, linkId } = await link()
    expect(await lastAccess()).toMatchObject({ action: 'link', status: 201, link: linkId, principal: 'owner' })
    await read(path, { method: 'HEAD' })
    expect(await lastAccess()).toMatchObject({ action: 'read', status: 200, bytes: 0, link: linkId })
    await readAsOwner(world.ports, { ...OWNER, session: 'console' }, id)
    expect(await lastAccess()).toMatchObject({ action: 'read', status: 200, principal: 'owner', session: 'console' })
    expect(await readAsOwner(world.ports, OWNER, '0'.repeat(32))).toBeUndefined()
    expect(await lastAccess()).toMatchObject({ status: 404, object: '0'.repeat(32), bytes: 0 })
    const gone = await commit(world.ports, await world.arrive(await smallPicture(4)))
    await remove(world.ports, OWNER, gone)
    expect(await lastAccess()).toMatchObject({ action: 'delete', status: 204, object: gone })
    expect(await remove(world.ports, OWNER, gone)).toBe(false)
  })

  test('where the event cannot be written, nothing leaves', async () => {
    const catalogue = {
      ...world.ports.catalogue,
      spend: async () => {
        throw new Unavailable('disk full')
      },
      record: async () => {
        throw new Unavailable('disk full')
      },
    }
    const { path } = await link()
    const ports = { ...world.ports, catalogue }
    await expect(readByLink(ports, { method: 'GET', path, ...READER })).rejects.toThrow(Unavailable)
    await expect(readAsOwner(ports, OWNER, id)).rejects.toThrow(Unavailable)
    await expect(remove(ports, OWNER, id)).rejects.toThrow(Unavailable)
    expect(await world.keysOf('vault', `o/${id}`)).toHaveLength(1)
  })
})
