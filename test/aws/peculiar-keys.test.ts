/** Keys as only S3 has them, with MiniStack's S3: whatever an upload is called, it is sealed, committed, erased, and found by its name. */
import { ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findHandler } from '../../functions/find/handler.ts'
import { sealHandler } from '../../functions/seal/handler.ts'
import { sweepHandler } from '../../functions/sweep/handler.ts'
import { verifyHandler } from '../../functions/verify/handler.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { clientConfig } from '../../shared/platform/aws/settings.ts'
import { makeWorld, type Ports, smallPicture, type World } from '../support/world.ts'
import { freshBuckets } from './buckets.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

const QUIET_MS = 15 * 60_000

let stack: Emulator
let world: World
let ports: Ports
let s3: S3Client
let buckets: Awaited<ReturnType<typeof freshBuckets>>
beforeAll(async () => {
  stack = await startMiniStack()
  Object.assign(process.env, stack.env)
  s3 = new S3Client({ ...clientConfig(), forcePathStyle: true })
  buckets = await freshBuckets(s3)
  world = await makeWorld()
  ports = { ...world.ports, objects: openS3Objects(buckets) }
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

/** What the sweep sends goes through the handlers, in the form that queues hand on. @returns what went wrong */
async function sweepOnce(): Promise<unknown[]> {
  const sent = { seal: [] as string[], verify: [] as string[] }
  const errors: unknown[] = []
  const onError = (_: string, error: unknown) => void errors.push(error)
  const queue = (stage: 'seal' | 'verify') => ({
    send: async (body: string) => void sent[stage].push(body),
    waiting: async () => 0,
  })
  const queues = { seal: queue('seal'), verify: queue('verify') }
  const fn = { ports, bucketNames: buckets, quietMs: QUIET_MS }
  const batch = (bodies: readonly string[]) => ({ Records: bodies.map((body) => ({ messageId: 'm', body })) })
  await sweepHandler({ ...fn, queues })({})
  await sealHandler({ ports, bucketName: buckets.intake, onError })(batch(sent.seal))
  world.clock.time += QUIET_MS
  await sweepHandler({ ...fn, queues: { ...queues, seal: { ...queues.seal, send: async () => {} } } })({})
  await verifyHandler({ ports, bucketName: buckets.vault, onError })(batch(sent.verify))
  return errors
}

test.each([
  '\uFEFFx',
  '\uFEFF',
  '\0\uFEFFx',
  '\0',
  'a\0b',
  '\u0001c',
  '\uFFFE',
  '😀',
  `\uFEFF${'x'.repeat(1021)}`,
  'a'.repeat(1024),
  'é'.repeat(512),
])('the key %j', async (key) => {
  const { VersionId: versionId = '' } = await s3.send(
    new PutObjectCommand({ Bucket: buckets.intake, Key: key, Body: await smallPicture(key.length) }),
  )
  world.clock.time = Date.now() + QUIET_MS + 1_000
  expect(await sweepOnce()).toEqual([])
  const { objectId } = await findHandler(ports)({ key, versionId })
  expect(objectId).toMatch(/^[0-9a-f]{32}$/)
  expect(await ports.catalogue.object(objectId ?? '')).toMatchObject({ id: objectId })
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: buckets.intake }))
  expect(Versions).toEqual([])
})
