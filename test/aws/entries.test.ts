/**
 * Every function's entry, folded into one file as it is deployed, starts in Amazon's runtime client and answers: what is
 * no event of its own without a call to AWS, what needs AWS with a reason where AWS is away.
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FunctionName } from '../../functions/env.ts'
import { type RuntimeHost, readStreamed, startRuntime } from './runtime-api.ts'

const PROJECT = resolve(import.meta.dirname, '..', '..')
const ARN = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000'
/** Nobody listens there. */
const AWAY = 'http://127.0.0.1:9'
const env = {
  ...{ STACK_ID: '0123456789abcdef', EVENT_BUS: 'bus', ALLOW_CLASSICAL_TLS: 'false', KEM_CUSTODY: 'seed' },
  ...{ INTAKE_BUCKET: 'intake', VAULT_BUCKET: 'vault', KEY_TABLE: 'keys', CATALOGUE_TABLE: 'catalogue' },
  ...{
    DATA_KEY_ARN: ARN,
    SEED_KEY_ARN: ARN,
    KEYS_ARE_MADE: 'here',
    VAULT_IS_LOCKED: 'false',
    SEED_PREFIX: 'seeds',
    LINK_SECRET: 'link',
    INDEX_SECRET: 'index',
  },
  ...{ LINK_ORIGIN: 'https://links.example', SEAL_QUEUE_URL: `${AWAY}/1/seal`, VERIFY_QUEUE_URL: `${AWAY}/1/verify` },
  ...{ SEAL_DEAD_QUEUE_URL: `${AWAY}/1/dead`, DIRECT_LINKS: 'false' },
  ...{ AWS_ENDPOINT_URL: AWAY, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
}
const hosts: RuntimeHost[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-entries-'))
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  for (const host of hosts) await host[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function start(name: FunctionName, more: Record<string, string> = {}): Promise<RuntimeHost> {
  const root = join(folder, `${name}-${hosts.length}`)
  await build({
    entryPoints: [join(PROJECT, 'functions', name, 'entry.ts')],
    outfile: join(root, 'index.mjs'),
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', logLevel: 'error' },
    external: ['sharp', 'onnxruntime-node'],
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire as safelightRequire } from 'node:module'; const require = safelightRequire(import.meta.url);",
    },
  })
  const host = await startRuntime({ root, handler: 'index.handler', env: { ...env, ...more } })
  hosts.push(host)
  return host
}

async function answerOf(host: RuntimeHost, event: unknown) {
  const { kind, request } = await host.invoke(event)
  let text = ''
  for await (const part of request) text += String(part)
  return { kind, body: JSON.parse(text) }
}

test.each(['seal', 'verify'] as const)(
  '%s starts, takes an empty batch, and gives back what is none of its own',
  async (name) => {
    const host = await start(name)
    expect(await answerOf(host, { Records: [] })).toEqual({ kind: 'response', body: { batchItemFailures: [] } })
    const s3 = { bucket: { name: 'elsewhere' }, object: { key: 'Zaphod.jpg', versionId: 'v' } }
    const body = JSON.stringify({ Records: [{ eventName: 'ObjectCreated:Put', s3 }] })
    expect(await answerOf(host, { Records: [{ messageId: 'm', body }] })).toEqual({
      kind: 'response',
      body: { batchItemFailures: [{ itemIdentifier: 'm' }] },
    })
    expect(await answerOf(host, { Zaphod: 1 })).toMatchObject({
      kind: 'error',
      body: { errorMessage: 'internal-error' },
    })
    expect(host.output()).not.toContain('Zaphod')
    // Without its models beside it SEAL says so, and seals everything as strictly as can be.
    if (name === 'seal') expect(host.output()).toContain('models-unusable')
  },
)

test('open streams its refusals, and buffers them where it is told to', async () => {
  const event = { rawPath: '/l/none', headers: {}, requestContext: { http: { method: 'GET', sourceIp: '192.0.2.1' } } }
  const streamed = await readStreamed(await (await start('open', { BUFFERED: 'false' })).invoke(event))
  expect([streamed.status, streamed.body.toString()]).toEqual([404, 'not found\n'])
  const { body } = await answerOf(await start('open', { BUFFERED: 'true' }), event)
  expect(body).toMatchObject({
    statusCode: 404,
    isBase64Encoded: true,
    body: Buffer.from('not found\n').toString('base64'),
  })
})

test('link asks for a signature', async () => {
  expect((await answerOf(await start('link'), {})).body).toMatchObject({ statusCode: 403 })
})

test.each([
  ['keys', { action: 'Zaphod' }],
  ['rewrap', { next: 'Zaphod' }],
  ['erase', { id: 'Zaphod', reason: 'x' }],
] as const)('%s refuses what is no order, and says where it is wrong', async (name, event) => {
  const host = await start(name)
  const { kind, body } = await answerOf(host, event)
  expect([kind, body.errorType]).toEqual(['error', 'InvocationFailed'])
  expect(body.errorMessage).toMatch(/^bad order: /)
  expect(JSON.stringify(body) + host.output()).not.toContain('Zaphod')
})

test('sweep says that AWS is away, in words that name nothing', async () => {
  const { kind, body } = await answerOf(await start('sweep'), {})
  expect(kind).toBe('error')
  expect(body.errorMessage).toMatch(/^[a-z ]+: AWS did not answer: it is tried again \(\w+\)$/)
})
