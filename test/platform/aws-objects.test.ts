/** The S3 provider against the Objects contract, and what only S3 can get wrong. MiniStack stands for AWS. */
import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openReadableS3Objects, openS3Objects } from '../../shared/platform/aws/objects.ts'
import { PART_BYTES } from '../../shared/platform/aws/parts.ts'
import { clientConfig } from '../../shared/platform/aws/settings.ts'
import { type Bucket, Locked, type Objects, Unavailable } from '../../shared/platform/ports.ts'
import { freshBuckets } from '../aws/buckets.ts'
import type { Emulator } from '../aws/emulator.ts'
import { type Asked, startFaultProxy } from '../aws/faults/proxy.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { barrier, chunksOf, collect, failing, gated, listed, pattern } from './contract/bytes.ts'
import { describeObjects } from './contract/objects.ts'

let stack: Emulator
let s3: S3Client
beforeAll(async () => {
  stack = await startMiniStack()
  Object.assign(process.env, stack.env)
  s3 = new S3Client({ ...clientConfig(), forcePathStyle: true })
})
afterAll(() => stack[Symbol.asyncDispose]())

describeObjects('aws', async () => ({ objects: openS3Objects(await freshBuckets(s3)), close: async () => {} }))

describe('aws: Objects on S3', () => {
  let names: Record<Bucket, string>
  let objects: Objects
  beforeEach(async () => {
    names = await freshBuckets(s3)
    objects = openS3Objects(names)
  })

  it('erases what Object Lock keeps when it is to bypass that, and only then', async () => {
    const vault = `locked-${randomBytes(6).toString('hex')}`
    await s3.send(new CreateBucketCommand({ Bucket: vault, ObjectLockEnabledForBucket: true }))
    const DefaultRetention = { Mode: 'GOVERNANCE', Days: 30 } as const
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } } as const
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket: vault, ObjectLockConfiguration }))
    const held = openS3Objects({ vault })
    const info = await held.put('vault', 'o/locked', chunksOf(pattern(10), 10))
    if (!info) throw new Error('the vault took nothing')
    const refused = await held.erase(info).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Locked)
    const until = refused instanceof Locked ? (refused.until ?? 0) : 0
    expect(Math.abs(until - Date.now() - 30 * 24 * 3_600_000)).toBeLessThan(60_000)
    expect(await held.head('vault', 'o/locked')).toBeDefined()
    await openS3Objects({ vault }, {}, { bypassLock: true }).erase(info)
    expect(await held.head('vault', 'o/locked')).toBeUndefined()
  })

  async function unfinished(): Promise<number> {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: names.vault }))
    return Uploads.length
  }

  const LARGE = 2 * PART_BYTES + 12_345

  it.each([PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, LARGE])(
    'gives back exactly %i bytes, of multipart uploads too',
    async (length) => {
      const bytes = pattern(length)
      for (const size of [undefined, length]) {
        const info = await objects.put('vault', 'large', chunksOf(bytes, 100_001), {
          ...(size !== undefined && { size }),
        })
        expect(info?.size).toBe(length)
        expect(info && Buffer.compare((await collect(await objects.get(info))) ?? Buffer.alloc(0), bytes)).toBe(0)
        expect(info && (await objects.head('vault', 'large'))?.versionId).toBe(info?.versionId)
      }
      expect(await unfinished()).toBe(0)
    },
  )

  it('lets exactly one of several racing multipart ifAbsent puts win, and leaves nothing of the others', async () => {
    const gate = barrier(4)
    const results = await Promise.all(
      [1, 2, 3, 4].map((seed) =>
        objects.put('vault', 'race', gated(gate, pattern(PART_BYTES + 1, seed)), { ifAbsent: true }),
      ),
    )
    const winners = results.filter((info) => info !== undefined)
    expect(winners).toHaveLength(1)
    expect((await listed(objects.versions('vault'))).map((found) => found.versionId)).toEqual([winners[0]?.versionId])
    expect(await unfinished()).toBe(0)
  })

  it.each([
    [10, 's3.PutObject'],
    [LARGE, 's3.Multipart'],
  ])('knows its own ifAbsent put of %i bytes when the answer to its %s was lost', async (length, last) => {
    let lost = 0
    const isLast = ({ call, headers }: Asked) => call === last && headers['if-none-match'] === '*'
    await using proxy = await startFaultProxy(stack.endpoint, (asked) => {
      return lost === 0 && isLast(asked) && ++lost ? 'after' : 'pass'
    })
    const far = openS3Objects(names, { endpoint: proxy.endpoint })
    const info = await far.put('vault', 'object', chunksOf(pattern(length)), { ifAbsent: true })
    expect(lost).toBe(1)
    expect(info).toMatchObject({ size: length })
    expect(await listed(objects.versions('vault'))).toMatchObject([{ versionId: info?.versionId, size: length }])
    expect(await far.put('vault', 'object', chunksOf(pattern(length)), { ifAbsent: true })).toBeUndefined()
  })

  it.each([0, 1, 2])('a body that fails after %i parts leaves no object and no unfinished upload', async (parts) => {
    const error = new Error('the camera fell into the sea')
    async function* body() {
      yield* chunksOf(pattern(parts * PART_BYTES + 1), 1_000_000)
      yield* failing(error)
    }
    await expect(objects.put('vault', 'object', body())).rejects.toBe(error)
    expect(await listed(objects.versions('vault'))).toEqual([])
    expect(await unfinished()).toBe(0)
  })

  it('lists more versions than one answer holds, each once, within a key and across keys', async () => {
    const made: string[] = []
    for (let round = 0; round < 70; round++) {
      const infos = await Promise.all(
        Array.from({ length: 15 }, (_, i) =>
          objects.put('intake', i < 10 ? 'one' : `k/${round}-${i}`, chunksOf(pattern(1))),
        ),
      )
      for (const info of infos) made.push(`${info?.key} ${info?.versionId}`)
    }
    const found = (await listed(objects.versions('intake'))).map(({ key, versionId }) => `${key} ${versionId}`)
    expect(found).toHaveLength(1_050)
    expect(found.sort()).toEqual(made.sort())
    expect(await listed(objects.versions('intake', { prefix: 'one' }))).toHaveLength(700)
    expect(await listed(objects.versions('intake', { afterKey: 'k' }))).toHaveLength(1_050)
    expect(await listed(objects.versions('intake', { afterKey: 'one' }))).toEqual([])
  })

  it.each([
    'a b',
    'ä',
    'a%2f',
    'a+b',
    '100%',
    'Ünïcode – 写真 🙂.jpg',
    "it's (1) [2] {3} & <4>;,.jpg",
    'a?b=c#d',
    'a\\b',
    'a\tb',
    '/lead//and/trail/',
    '=?UTF-8?B?YQ==?=',
    'x'.repeat(1024),
    'é'.repeat(512),
  ])('reads, lists and erases the intake key %j, which an uploader chose', async (key) => {
    const uploaded = await s3.send(new PutObjectCommand({ Bucket: names.intake, Key: key, Body: pattern(9) }))
    const head = await objects.head('intake', key)
    expect(head).toMatchObject({ key, size: 9, versionId: uploaded.VersionId, metadata: {} })
    const [version, ...others] = await listed(objects.versions('intake'))
    expect(others).toEqual([])
    expect(version).toMatchObject({ key, size: 9, versionId: uploaded.VersionId })
    expect(version && (await collect(await objects.get(version)))).toEqual(pattern(9))
    if (version) await objects.erase(version)
    expect(await listed(objects.versions('intake'))).toEqual([])
    expect(await objects.put('intake', key, chunksOf(pattern(3)))).toMatchObject({ key })
  })

  it.each(['', 'x'.repeat(1025), 'é'.repeat(513), 'a\ud800'])('refuses the intake key %j', async (key) => {
    await expect(objects.head('intake', key)).rejects.toThrow(RangeError)
    await expect(objects.put('intake', key, chunksOf(pattern(1)))).rejects.toThrow(/^an object key is/)
  })

  it('makes no delete marker, takes one for no object, and erases below it', async () => {
    const first = await objects.put('intake', 'object', chunksOf(pattern(5)))
    if (first) await objects.erase(first)
    const { DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: names.intake }))
    expect(DeleteMarkers).toEqual([])
    const second = await objects.put('intake', 'object', chunksOf(pattern(6)))
    const marker = await s3.send(new DeleteObjectCommand({ Bucket: names.intake, Key: 'object' }))
    expect(await objects.head('intake', 'object')).toBeUndefined()
    expect(await objects.head('intake', 'object', marker.VersionId)).toBeUndefined()
    expect(await objects.get({ bucket: 'intake', key: 'object', versionId: marker.VersionId ?? '' })).toBeUndefined()
    expect((await listed(objects.versions('intake'))).map(({ versionId }) => versionId)).toEqual([second?.versionId])
    if (second) await objects.erase(second)
    expect(await listed(objects.versions('intake'))).toEqual([])
  })

  it('never reads or erases without a version', async () => {
    const info = await objects.put('intake', 'object', chunksOf(pattern(5)))
    const none = { bucket: 'intake', key: 'object', versionId: '' } as const
    await objects.erase(none)
    expect(await objects.get(none)).toBeUndefined()
    expect(await objects.head('intake', 'object')).toMatchObject({ versionId: info?.versionId })
  })

  it('tells the type that an uploader gave', async () => {
    await s3.send(new PutObjectCommand({ Bucket: names.intake, Key: 'k', Body: 'x', ContentType: 'image/png' }))
    expect((await objects.head('intake', 'k'))?.metadata).toEqual({ 'content-type': 'image/png' })
  })

  it('says what to look at when a bucket, or its versions, are missing, and names nothing', async () => {
    const wrong = openS3Objects({ ...names, vault: `${names.vault}-other` })
    const says = /a bucket of this deployment is missing.*\(NoSuchBucket\)$/
    await expect(wrong.put('vault', 'object', chunksOf(pattern(1)))).rejects.toThrow(says)
    await expect(wrong.put('vault', 'object', chunksOf(pattern(LARGE)))).rejects.toThrow(says)
    await expect(wrong.get({ bucket: 'vault', key: 'object', versionId: 'v' })).rejects.toThrow(says)
    await expect(listed(wrong.versions('vault'))).rejects.toThrow(Unavailable)
    await expect(openS3Objects({}).head('vault', 'object')).rejects.toThrow('no vault bucket was given here')
    await s3.send(new CreateBucketCommand({ Bucket: `${names.vault}-plain` }))
    const plain = openS3Objects({ vault: `${names.vault}-plain` })
    await expect(plain.put('vault', 'object', chunksOf(pattern(1)))).rejects.toThrow(/turn versioning on/)
  })

  it('is unavailable, not empty, where nobody answers', async () => {
    const nobody = openReadableS3Objects(names, { endpoint: 'http://127.0.0.1:9', maxAttempts: 1 })
    await expect(nobody.head('vault', 'object')).rejects.toThrow(Unavailable)
  })
})
