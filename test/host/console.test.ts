/** The whole host over HTTP: who is let in, what is refused, and one upload's way from the page to a link. */
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Host, startHost } from '../../cli/host/host.ts'
import { defaultPolicy } from '../../shared/policy/policy.ts'
import { temporaryHome } from '../platform/home.ts'
import { smallPicture } from '../support/world.ts'
import { type Answered, type Ask, ask } from './ask.ts'

const log: Readonly<Record<string, string | number>>[] = []
let home = ''
let removeHome: () => Promise<void>
let host: Host
let origin = ''
let token = ''

beforeAll(async () => {
  const made = await temporaryHome()
  home = join(made.home, 'home')
  removeHome = made.remove
  host = await startHost(home, 0, (line) => log.push(line))
  const url = new URL(host.url)
  origin = url.origin
  token = url.hash.slice('#token='.length)
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  await removeHome()
})

function call(path: string, { headers, ...rest }: Ask = {}): Promise<Answered> {
  return ask(origin, path, { ...rest, headers: { authorization: `Bearer ${token}`, ...headers } })
}

const json = ({ body }: Answered) => JSON.parse(body.toString())

async function upload(bytes: Uint8Array, name: string): Promise<string> {
  const headers = { 'x-file-name': encodeURIComponent(name) }
  const answer = await call('/api/uploads', { method: 'POST', body: bytes, headers })
  expect(answer.status).toBe(202)
  return json(answer).upload
}

async function objects(): Promise<{ id: string; size: number }[]> {
  return json(await call('/api/objects')).objects
}

async function committed(size: number): Promise<string> {
  for (;;) {
    const found = (await objects()).find((object) => object.size === size)
    if (found) return found.id
    await sleep(50)
  }
}

describe('who is let in', () => {
  test.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer x' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
  ])('%s: 401, for every call', async (_, headers: Record<string, string>) => {
    for (const [method, path] of [
      ['GET', '/api/status'],
      ['GET', '/api/events'],
      ['POST', '/api/uploads'],
      ['POST', '/api/samples'],
      ['GET', '/api/objects'],
      ['DELETE', `/api/objects/${'0'.repeat(32)}`],
      ['GET', '/api/nothing'],
      ['GET', `/api/status?token=${token}`],
    ] as const) {
      const answer = await ask(origin, path, { method, headers })
      expect(answer.status, `${method} ${path}`).toBe(401)
      expect(json(answer)).toMatchObject({ error: expect.any(String), hint: expect.any(String) })
    }
    expect(await objects()).toEqual([])
  })

  test('a token one character off, longer or shorter', async () => {
    for (const wrong of [`${token}x`, token.slice(1), token.toUpperCase(), ` ${token}x`]) {
      expect((await ask(origin, '/api/status', { headers: { authorization: `Bearer ${wrong}` } })).status).toBe(401)
    }
    expect((await call('/api/status')).status).toBe(200)
  })

  test('another Host header: 421, with or without a token, so that no rebound name gets in', async () => {
    const { port } = new URL(origin)
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${Number(port) + 1}`,
      `localhost.evil:${port}`,
    ]) {
      for (const path of ['/', '/api/status', '/main.ts']) {
        expect((await call(path, { headers: { host: name } })).status, `${name}${path}`).toBe(421)
      }
    }
    expect((await call('/api/status', { headers: { host: `localhost:${port}` } })).status).toBe(200)
  })
})

describe('the page', () => {
  test('comes without a token, under a policy that lets nothing else in', async () => {
    const answer = await ask(origin, '/')
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(answer.headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    expect(answer.body.toString()).not.toContain(token)
  })

  test.each([
    '/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '//etc/passwd',
    '/page/../api.ts',
    '/main.ts%00.html',
    '/tsconfig.json',
    '/constructor',
    '/__proto__',
    '/keys/data.key',
  ])('holds nothing at %s', async (path) => {
    const answer = await ask(origin, path)
    expect([answer.status, answer.body.toString()]).toEqual([404, 'not found\n'])
  })
})

describe('what is refused', () => {
  const id = '0'.repeat(32)
  test.each<[string, string, Ask, number]>([
    ['a name that is not UTF-8', '/api/uploads', { method: 'POST', body: 'x', headers: { 'x-file-name': '%ff' } }, 400],
    [
      'a name that is not percent-encoded',
      '/api/uploads',
      { method: 'POST', body: 'x', headers: { 'x-file-name': '100%' } },
      400,
    ],
    [
      'an upload over the limit, before a byte of it was read',
      '/api/uploads',
      { method: 'POST', headers: { 'content-length': String(2 ** 33 + 1), expect: '100-continue' } },
      413,
    ],
    ['an object that is not there', `/api/objects/${id}`, {}, 404],
    ['its bytes', `/api/objects/${id}/content`, {}, 404],
    ['its noise', `/api/objects/${id}/noise`, {}, 404],
    ['to remove it', `/api/objects/${id}`, { method: 'DELETE' }, 404],
    ['an id that is none', '/api/objects/..%2f..%2fkeys', {}, 404],
    ['another rendition', `/api/objects/${id}/content?rendition=x`, {}, 400],
    ['a link to nothing', `/api/objects/${id}/links`, { method: 'POST', body: '{}' }, 404],
    ['a link order that is no JSON', `/api/objects/${id}/links`, { method: 'POST', body: 'x' }, 400],
    ['a link order of nonsense', `/api/objects/${id}/links`, { method: 'POST', body: '{"uses":"x"}' }, 400],
    ['to revoke no link', `/api/links/${id}/revoke`, { method: 'POST' }, 404],
    ['to retry nothing', '/api/failed/x/retry', { method: 'POST' }, 404],
    ['a limit of none', '/api/objects?limit=0', {}, 400],
    ['a limit of words', '/api/accesses?limit=many', {}, 400],
    ['another call', '/api/nothing', {}, 404],
    ['another method', '/api/status', { method: 'DELETE' }, 404],
  ])('%s', async (_, path, how, status) => {
    const answer = await call(path, how)
    expect(answer.status).toBe(status)
    expect(json(answer)).toMatchObject({ error: expect.any(String) })
  })
})

describe('an upload', () => {
  test('goes all the way: sealed, listed, read, linked, opened, revoked, removed', async () => {
    const picture = await smallPicture(200)
    await upload(picture, 'Zaphod Beeblebrox – Paß.png')
    const id = await committed(picture.length)
    const detail = json(await call(`/api/objects/${id}`))
    const { link: limits } = defaultPolicy.protections.public
    expect(detail).toMatchObject({
      id,
      format: 'SLV1',
      tier: 'public',
      limits: { ...limits, approvals: 0 },
      envelope: { generation: 0 },
      sealed: { name: 'Zaphod Beeblebrox – Paß.png', uploader: 'console', width: 40 },
    })
    const content = await call(`/api/objects/${id}/content`)
    expect(content.body.equals(picture)).toBe(true)
    expect(content.headers['content-disposition']).toBe('attachment')
    expect((await call(`/api/objects/${id}/content?rendition=preview`)).body.subarray(8, 12).toString()).toBe('WEBP')
    const noise = await call(`/api/objects/${id}/noise`)
    expect(noise.body.includes(picture.subarray(0, 32))).toBe(false)
    expect(noise.body.length).toBe(56 + picture.length + 16)

    const order = JSON.stringify({ ttlSeconds: 60, uses: 2, rendition: 'original' })
    const made = await call(`/api/objects/${id}/links`, { method: 'POST', body: order })
    expect(made.status).toBe(201)
    const { url, link } = json(made)
    expect(new URL(url).origin).toBe(host.linkOrigin)
    expect(host.linkOrigin).not.toBe(origin)
    const { pathname } = new URL(url)
    expect((await ask(host.linkOrigin, pathname)).body.equals(picture)).toBe(true)
    // The console's own address opens no link, and the links' address no console.
    expect((await ask(origin, pathname)).status).toBe(404)
    expect((await ask(host.linkOrigin, '/api/status', { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      404,
    )
    expect(json(await call('/api/links')).links).toMatchObject([{ link, usesLeft: 1, state: 'active' }])
    expect((await call(`/api/links/${link}/revoke`, { method: 'POST' })).status).toBe(204)
    expect((await ask(host.linkOrigin, pathname)).status).toBe(410)
    expect((await call('/api/links')).body.toString()).not.toContain(pathname.slice(3))
    expect(json(await call('/api/accesses')).accesses[0]).toMatchObject({ status: 410, link })

    expect((await call(`/api/objects/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(`/api/objects/${id}`)).status).toBe(404)
    expect(JSON.stringify(log)).not.toMatch(/Zaphod|Paß/)
  })

  test('of no bytes, or with a name longer than the format holds, is sealed too', async () => {
    await upload(new Uint8Array(0), 'empty')
    expect((await call(`/api/objects/${await committed(0)}/content`)).body.length).toBe(0)
    await upload(Buffer.from('a long name'), 'ä'.repeat(1000))
    const { sealed } = json(await call(`/api/objects/${await committed('a long name'.length)}`))
    expect(sealed.name).toBe('ä'.repeat(512))
  })

  test('is told of step by step, to whoever listens, without its name', async () => {
    const controller = new AbortController()
    const headers = { authorization: `Bearer ${token}` }
    const stream = await fetch(`${origin}/api/events`, { headers, signal: controller.signal })
    expect(stream.headers.get('content-type')).toBe('application/x-ndjson')
    const sent = upload(Buffer.from('listened to'), 'Zaphod.bin')
    let text = ''
    const steps: string[] = []
    for await (const part of stream.body ?? []) {
      text += Buffer.from(part).toString()
      if (text.includes('"erased"')) break
    }
    controller.abort()
    const key = await sent
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toEqual({ type: 'ping' })
    for (const { type, upload, step } of lines) if (type === 'step' && upload === key) steps.push(step)
    expect(steps).toEqual([
      'received',
      'inspect',
      'preprocess',
      'assess',
      'decide',
      'encrypt',
      'stored',
      'verify',
      'committed',
      'erased',
    ])
    expect(text).not.toContain('Zaphod')

    async function replay(query: string): Promise<unknown[]> {
      const again = await fetch(`${origin}/api/events${query}`, { headers })
      let told = ''
      for await (const part of again.body ?? []) {
        told += Buffer.from(part).toString()
        if (told.includes('"replayed"')) break
      }
      return told
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    }
    const ended = lines.findLast(({ upload }) => upload === key)
    expect(await replay(`?since=${ended.time}`)).toContainEqual(ended)
    expect(await replay(`?since=${new Date(Date.parse(ended.time) + 1).toISOString()}`)).not.toContainEqual(ended)
    for (const query of ['', '?since=', '?since=nonsense'])
      expect(await replay(query)).toEqual([{ type: 'ping' }, { type: 'replayed' }])
  })
})

describe('starting', () => {
  test('on a port that is taken fails, and leaves nothing running or listening', async () => {
    const other = join(home, '..', 'other')
    await mkdir(other)
    const port = Number(new URL(origin).port)
    // Its console takes this port, its links the next: the system may have given the running server both.
    await expect(startHost(other, port, () => {})).rejects.toThrow(/^port \d+ is taken$/)
  })

  test('makes the drop folder that it names', async () => {
    await access(host.dropFolder)
    expect(json(await call('/api/status'))).toMatchObject({ dropFolder: host.dropFolder, linkOrigin: host.linkOrigin })
  })
})
