/** The link server: exact bytes or a destroyed connection, never a part that looks whole; and nobody may stay for nothing. */
import { once } from 'node:events'
import { open, readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLinkServer } from '../../cli/host/link-server.ts'
import { listenOn } from '../../cli/host/listen.ts'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { pattern } from '../support/memory.ts'
import { commit, makeWorld, type World } from '../support/world.ts'
import { ask } from './ask.ts'

const bytes = pattern(3_000_000)
const log: Readonly<Record<string, string | number>>[] = []
const OWNER = { principal: 'owner', ip: '127.0.0.1' }
let world: World
let server: ReturnType<typeof createLinkServer>
let origin = ''
let id = ''

beforeAll(async () => {
  world = await makeWorld()
  id = await commit(world.ports, await world.arrive(bytes))
  server = createLinkServer(world.ports, (line) => log.push(line), 400)
  origin = `http://127.0.0.1:${await listenOn(server, 0)}`
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await world[Symbol.asyncDispose]()
})
beforeEach(() => {
  log.length = 0
})

async function link(objectId = id): Promise<string> {
  const made = await makeLinkFor(world.ports, { ...OWNER, objectId, rendition: 'original', uses: 10 })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  return new URL(made.url).pathname
}

function connected(): Promise<Socket> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket))
    socket.on('error', reject)
  })
}

describe('an answer', () => {
  test('is the exact bytes', async () => {
    const answer = await ask(origin, await link())
    expect([answer.status, answer.whole, answer.body.equals(bytes)]).toEqual([200, true, true])
    expect(answer.headers['content-security-policy']).toBe("sandbox; default-src 'none'")
  })

  test('to a range is that range', async () => {
    const answer = await ask(origin, await link(), { headers: { range: 'bytes=5-1000000' } })
    expect([answer.status, answer.body.equals(bytes.subarray(5, 1_000_001))]).toEqual([206, true])
  })

  test('to HEAD has no body, and the length of one', async () => {
    const path = await link()
    const answer = await ask(origin, path, { method: 'HEAD' })
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '3000000', 0])
    expect((await ask(origin, path)).body.length).toBe(3_000_000)
  })

  test('to HEAD of nothing is like that to GET of nothing', async () => {
    const answer = await ask(origin, '/l/x', { method: 'HEAD' })
    expect([answer.status, answer.body.length]).toEqual([404, 0])
  })

  test('to other methods is 405, whatever body they bring', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await ask(origin, await link(), { method, body: 'x'.repeat(100) })
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD'])
    }
  })

  test('ignores what follows a question mark, and finds nothing under any other spelling of the path', async () => {
    const path = await link()
    expect((await ask(origin, `${path}?download=1`)).status).toBe(200)
    for (const other of [`${path}/`, `/${path}`, `${path}%00`, `/l/../l/${path.slice(3)}`, `http://x${path}`, '*']) {
      expect((await ask(origin, other)).status, other).toBe(404)
    }
  })
})

describe('a stream that fails', () => {
  test('is destroyed, not ended, after the chunks that were right; and it is logged, without a name', async () => {
    const damaged = await commit(world.ports, await world.arrive(bytes))
    const row = await world.ports.catalogue.object(damaged)
    const folder = join(world.home, 'objects', 'vault')
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const found = entries.find((entry) => entry.name === row?.versionId)
    const file = await open(join(found?.parentPath ?? '', found?.name ?? ''), 'r+')
    await file.write(Buffer.of(0xff, 0xff, 0xff, 0xff), 0, 4, 2_000_000)
    await file.close()
    const answer = await ask(origin, await link(damaged))
    expect([answer.status, answer.whole]).toEqual([200, false])
    expect(answer.body.length).toBeLessThan(2_000_000)
    expect(answer.body.equals(bytes.subarray(0, answer.body.length))).toBe(true)
    expect(log).toEqual([{ event: 'stream-failed', reason: 'authentication-failed', object: damaged }])
  })

  test('to what the vault lost says so, and the log which object that is', async () => {
    log.length = 0
    const lost = await commit(world.ports, await world.arrive(bytes))
    const row = await world.ports.catalogue.object(lost)
    const path = await link(lost)
    await world.ports.objects.erase({ bucket: 'vault', key: `o/${lost}`, versionId: row?.versionId ?? '' })
    const answer = await ask(origin, path)
    expect([answer.status, answer.body.toString()]).toEqual([
      502,
      'what this link is to is missing: ask whoever gave it to you\n',
    ])
    expect(log).toEqual([{ event: 'open-failed', reason: 'object-missing', object: lost }])
  })
})

describe('a client', () => {
  test('that goes away is nothing to log, and no trouble for others', async () => {
    const path = await link()
    const socket = await connected()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    expect((await ask(origin, path)).body.equals(bytes)).toBe(true)
    expect(log).toEqual([])
  })

  test.each([
    ['sends nothing', ''],
    ['sends half a request', 'GET /l/x HTTP/1.1\r\nHost'],
  ])('that %s is let go', async (_, sent) => {
    const socket = await connected()
    socket.write(sent)
    await new Promise((resolve) => socket.once('close', resolve))
  })

  test('that sends nonsense is answered and let go, though it keeps its half of the connection', async () => {
    const { hostname, port } = new URL(origin)
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    socket.on('error', () => {})
    socket.resume()
    socket.write('nonsense\r\n\r\n')
    await once(socket, 'end')
    while ((await connections()) > 0) await sleep(20)
    socket.destroy()
  })

  test('that takes nothing is let go, on a second request of its connection too', async () => {
    // More than the kernel takes in on both sides.
    const path = await link(await commit(world.ports, await world.arrive(new Uint8Array(32 * 2 ** 20))))
    while ((await connections()) > 0) await sleep(50)
    const socket = await connected()
    socket.write('GET /l/x HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    expect(await connections()).toBe(1)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    while ((await connections()) > 0) await sleep(50)
    socket.destroy()
  })
})

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}

test('a port that is taken is said so, with what to do', async () => {
  const second = createLinkServer(world.ports, () => {})
  await expect(listenOn(second, Number(new URL(origin).port))).rejects.toMatchObject({
    message: expect.stringContaining('is taken'),
    hint: expect.stringContaining('--port'),
  })
})
