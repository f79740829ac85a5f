/**
 * Streaming by Amazon's own runtime client: exact bytes, an answer that breaks is cut and never ended, and a slow reader
 * keeps no more in memory than the pipes hold.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linkHandler } from '../../functions/link/handler.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'
import { type RuntimeHost, readStreamed, startRuntime } from './runtime-api.ts'

const MIB = 2 ** 20
let world: World
let root: string
let runtime: RuntimeHost

beforeAll(async () => {
  world = await makeWorld()
  root = await mkdtemp(join(tmpdir(), 'safelight-streaming-'))
  await build({
    entryPoints: [join(import.meta.dirname, 'fixtures', 'open.ts')],
    outfile: join(root, 'index.mjs'),
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', logLevel: 'error' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  const env = { TEST_HOME: world.home, TEST_STACK_ID: world.ports.stackId }
  runtime = await startRuntime({ root, handler: 'index.handler', env })
})
afterAll(async () => {
  await runtime?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

const get = (rawPath: string, headers: Record<string, string> = {}, method = 'GET') => ({
  version: '2.0',
  rawPath,
  headers,
  requestContext: { http: { method, path: rawPath, sourceIp: '192.0.2.1' } },
})

async function linked(): Promise<{ path: string; picture: Buffer }> {
  const picture = await smallPicture(5)
  const objectId = await commit(world.ports, await world.arrive(picture, { fileName: 'Zaphod.png' }))
  const { body } = await linkHandler(world.ports)({ objectId, uses: 3 }, { principal: 'owner', ip: '127.0.0.1' })
  if (!('url' in body)) throw new Error('a link')
  return { picture, path: new URL(body.url).pathname }
}

test('a link opens to the exact bytes and headers, and a range of it', async () => {
  const { picture, path } = await linked()
  const whole = await readStreamed(await runtime.invoke(get(path)))
  expect([whole.status, whole.body, whole.complete]).toEqual([200, picture, true])
  expect(whole.headers).toMatchObject({ 'Content-Type': 'image/png', 'Cache-Control': 'no-store' })
  const part = await readStreamed(await runtime.invoke(get(path, { range: 'bytes=3-9' })))
  expect([part.status, part.body, part.headers['Content-Range']]).toEqual([
    206,
    picture.subarray(3, 10),
    `bytes 3-9/${picture.length}`,
  ])
})

test.each([0, 1, 16_384, 16_385, 3 * MIB + 7])('a body of %i bytes arrives whole', async (bytes) => {
  const { body, complete, status } = await readStreamed(await runtime.invoke(get(`/body/${bytes}`)))
  expect([status, body.length, complete]).toEqual([200, bytes, true])
  expect(
    [0, 16_383, 16_384, bytes - 1]
      .filter((at) => at >= 0 && at < bytes)
      .every((at) => body[at] === Math.floor(at / 16_384) % 256),
  ).toBe(true)
})

test('an answer without a body, a refusal and a malformed event have their status and headers', async () => {
  const { path } = await linked()
  const head = await readStreamed(await runtime.invoke(get(path, {}, 'HEAD')))
  expect([head.status, head.body.length, head.complete]).toEqual([200, 0, true])
  expect(head.headers).toHaveProperty('Content-Length')
  expect(await readStreamed(await runtime.invoke(get('/l/none')))).toMatchObject({ status: 404, complete: true })
  expect(await readStreamed(await runtime.invoke({}))).toMatchObject({ status: 400, complete: true })
})

test('an answer that breaks on the way is cut, never ended, says nothing of why, and the next one works', async () => {
  const answered = await readStreamed(await runtime.invoke(get(`/broken/${4 * MIB}/${MIB}`)))
  expect(answered.complete).toBe(false)
  expect(answered.body.length).toBeLessThanOrEqual(MIB)
  expect(await readStreamed(await runtime.invoke(get('/body/9')))).toMatchObject({ status: 200, complete: true })
  expect(runtime.output()).toContain('stream-failed')
  expect(runtime.output()).not.toContain('Zaphod')
})

test('a reader that is slow makes the function wait: what is ahead of it stays bounded', async () => {
  const { request } = await runtime.invoke(get(`/body/${256 * MIB}`))
  await sleep(1_500)
  const produced = () =>
    [...runtime.output().matchAll(/"bytes":(\d+),"resident":(\d+)/g)].map(([, bytes, rss]) => [
      Number(bytes),
      Number(rss),
    ])
  const [ahead = 0] = produced().at(-1) ?? []
  expect(ahead).toBeLessThan(32 * MIB)
  let bytes = 0
  for await (const part of request) bytes += part.length
  expect(bytes).toBeGreaterThanOrEqual(256 * MIB)
  const resident = produced().map(([, rss = 0]) => rss)
  expect(Math.max(...resident) - Math.min(...resident)).toBeLessThan(96 * MIB)
})

test('a reader that leaves ends the work', async () => {
  const before = runtime.output().length
  const { request } = await runtime.invoke(get(`/body/${1024 * MIB}`))
  request.destroy()
  expect(await readStreamed(await runtime.invoke(get('/body/9')))).toMatchObject({ status: 200, complete: true })
  const said = runtime.output().slice(before)
  expect(said).toContain('reader-left')
  expect(said.match(/"bytes":/g)?.length ?? 0).toBeLessThan(8)
})
