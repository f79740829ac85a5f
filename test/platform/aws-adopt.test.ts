/** Adopting a bucket, against MiniStack: it tells EventBridge and whomever it told before, or it is refused with reasons. */
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adoptBucket, reasonsAgainst, tellingEventBridge, tellsAllOf } from '../../shared/platform/aws/adopt.ts'
import { HOLDS_TAG } from '../../shared/platform/aws/holds.ts'
import type { Emulator } from '../aws/emulator.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { jsonLines, safelight } from '../cli/run.ts'

let emulator: Emulator
let s3: S3Client
const settings = { region: 'us-east-1', endpoint: '' }
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:theirs'

beforeAll(async () => {
  emulator = await startMiniStack()
  settings.endpoint = emulator.endpoint
  Object.assign(process.env, emulator.env)
  s3 = new S3Client({ ...settings, forcePathStyle: true })
  await new SQSClient(settings).send(new CreateQueueCommand({ QueueName: 'theirs' }))
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

async function makeBucket(Bucket: string, how: { versioned?: boolean; locked?: boolean } = {}): Promise<string> {
  const { versioned = true, locked = false } = how
  await s3.send(new CreateBucketCommand({ Bucket, ...(locked && { ObjectLockEnabledForBucket: true }) }))
  const VersioningConfiguration = { Status: versioned ? 'Enabled' : 'Suspended' } as const
  if (!locked) await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  return Bucket
}

async function toldBy(Bucket: string) {
  return await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
}

/** A queue of somebody else's that is told of some uploads. */
async function tellTheirs(Bucket: string): Promise<void> {
  const Filter = { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'reports/' }] } }
  const QueueConfigurations = [{ Id: 'theirs', QueueArn: QUEUE, Events: ['s3:ObjectCreated:Put' as const], Filter }]
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }),
  )
}

test('an adopted bucket tells EventBridge, and whomever it told before, in the same words', async () => {
  const bucket = await makeBucket('shared-uploads')
  await tellTheirs(bucket)
  const { QueueConfigurations } = await toldBy(bucket)
  expect(await adoptBucket(bucket, settings)).toEqual({ adopted: true, changed: true, kept: 1 })
  const told = await toldBy(bucket)
  expect(told.EventBridgeConfiguration).toEqual({})
  expect(told.QueueConfigurations).toEqual(QueueConfigurations)
})

test('adopted again, it changes nothing', async () => {
  const bucket = await makeBucket('twice')
  expect(await adoptBucket(bucket, settings)).toEqual({ adopted: true, changed: true, kept: 0 })
  const once = await toldBy(bucket)
  expect(await adoptBucket(bucket, settings)).toEqual({ adopted: true, changed: false, kept: 0 })
  const { $metadata: _, ...twice } = await toldBy(bucket)
  expect(once).toMatchObject(twice)
})

test('tags and keys of somebody else keep no bucket from being adopted', async () => {
  const bucket = await makeBucket('theirs-tagged')
  const Tagging = { TagSet: [{ Key: 'holds', Value: 'sealed objects' }] }
  await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging }))
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `o/${'0'.repeat(32)}`, Body: 'a picture' }))
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'o/report', Body: 'SLV1' }))
  expect(await adoptBucket(bucket, settings)).toMatchObject({ adopted: true })
})

describe('refused, and left as it was:', () => {
  test('a bucket whose versioning is off or was suspended', async () => {
    const bucket = await makeBucket('overwriting', { versioned: false })
    expect(await adoptBucket(bucket, settings)).toEqual({
      adopted: false,
      reasons: [expect.stringMatching(/versions/)],
    })
    expect((await toldBy(bucket)).EventBridgeConfiguration).toBeUndefined()
  })

  test('a bucket under Object Lock', async () => {
    const bucket = await makeBucket('locked-uploads', { locked: true })
    expect(await adoptBucket(bucket, settings)).toEqual({ adopted: false, reasons: [expect.stringMatching(/Lock/)] })
    expect((await toldBy(bucket)).EventBridgeConfiguration).toBeUndefined()
  })

  test('a replicated bucket', async () => {
    const bucket = await makeBucket('copied')
    const other = await makeBucket('copies')
    await s3.send(
      new PutBucketReplicationCommand({
        Bucket: bucket,
        ReplicationConfiguration: {
          Role: 'arn:aws:iam::000000000000:role/replicates',
          Rules: [{ Status: 'Enabled', Priority: 1, Filter: {}, Destination: { Bucket: `arn:aws:s3:::${other}` } }],
        },
      }),
    )
    expect(await adoptBucket(bucket, settings)).toEqual({
      adopted: false,
      reasons: [expect.stringMatching(/replicated/)],
    })
  })

  test('a bucket that a stack of ours says it works with', async () => {
    for (const what of ['sealed objects', 'access logs of a vault', 'inventories and results']) {
      const bucket = await makeBucket(what.replaceAll(' ', '-'))
      const Tagging = { TagSet: [{ Key: HOLDS_TAG, Value: what }] }
      await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging }))
      const reasons = [expect.stringContaining(what)]
      expect(await adoptBucket(bucket, settings)).toEqual({ adopted: false, reasons })
      expect((await toldBy(bucket)).EventBridgeConfiguration).toBeUndefined()
    }
  })

  test('a vault, or a copy of one, whose tags are gone', async () => {
    const bucket = await makeBucket('copy-of-a-vault')
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `o/${'0'.repeat(32)}`, Body: '' }))
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `o/${'1'.repeat(32)}`, Body: 'SLV1 and more' }))
    const reasons = [expect.stringMatching(/sealed objects/)]
    expect(await adoptBucket(bucket, settings)).toEqual({ adopted: false, reasons })
  })

  test('such a vault, whatever lies before its objects', async () => {
    const bucket = await makeBucket('vault-behind-decoys')
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
    for (let n = 0; n < 12; n++) await put(`o/${n.toString(16).padStart(32, '0')}`, 'decoy')
    await put(`o/${'f'.repeat(32)}`, 'SLV1 and more')
    const reasons = [expect.stringMatching(/sealed objects/)]
    expect(await adoptBucket(bucket, settings)).toEqual({ adopted: false, reasons })
  })

  test('the intake of another stack', async () => {
    const bucket = await makeBucket('intake-of-another')
    const QueueName = 'Darkroom-SealWorkQueue1F2E3D4C-AbCdEfGh'
    await new SQSClient(settings).send(new CreateQueueCommand({ QueueName }))
    const QueueArn = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`
    const QueueConfigurations = [{ QueueArn, Events: ['s3:ObjectCreated:*' as const] }]
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: { QueueConfigurations },
      }),
    )
    const reasons = [expect.stringMatching(/intake of the stack Darkroom/)]
    expect(await adoptBucket(bucket, settings)).toEqual({ adopted: false, reasons })
    expect((await toldBy(bucket)).EventBridgeConfiguration).toBeUndefined()
  })

  test('a bucket that this account has not, though another of a longer name', async () => {
    await makeBucket('ours-and-more')
    const reasons = [expect.stringMatching(/account/)]
    expect(await adoptBucket('ours', settings)).toEqual({ adopted: false, reasons })
  })

  test("another account's bucket", async () => {
    // MiniStack takes a key id of twelve digits for the account.
    const other = new S3Client({
      ...settings,
      forcePathStyle: true,
      credentials: { accessKeyId: '111111111111', secretAccessKey: 'test' },
    })
    await other.send(new CreateBucketCommand({ Bucket: 'somebody-elses' }))
    expect(await adoptBucket('somebody-elses', settings)).toMatchObject({ adopted: false })
  })

  test('a bucket of another region', async () => {
    const bucket = 'far-away'
    const there = new S3Client({ ...settings, region: 'eu-central-1', forcePathStyle: true })
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const
    await there.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }))
    expect(await adoptBucket(bucket, settings)).toEqual({
      adopted: false,
      reasons: [expect.stringMatching(/eu-central-1/)],
    })
  })
})

test('the command says what to deploy next, and why it refuses', async () => {
  const good = await makeBucket('by-command')
  const ran = await safelight(['intake', 'adopt', good, '--json'], { env: emulator.env })
  expect(ran).toMatchObject({ code: 0 })
  expect(jsonLines(ran)).toEqual([{ bucket: good, changed: true, kept: 0 }])
  const again = await safelight(['intake', 'adopt', good], { env: emulator.env })
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining(`npm run deploy -- -c intake=${good}`) })

  const bad = await makeBucket('by-command-bad', { versioned: false })
  const refused = await safelight(['intake', 'adopt', bad], { env: emulator.env })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/by-command-bad.*versions/) })
})

test('every fault of a bucket is a reason against it, and there is no other', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (isVersioned, isLocked, isReplicated, isOurs, isIntake) => {
        const faults = [!isVersioned, isLocked, isReplicated, isOurs, isIntake].filter(Boolean).length
        const held = isOurs ? 'sealed objects' : undefined
        const stack = isIntake ? 'Darkroom' : undefined
        expect(reasonsAgainst({ isVersioned, isLocked, isReplicated, held, stack })).toHaveLength(faults)
      },
    ),
  )
})

test('a notification that went missing while it was written is seen, in whatever order S3 gives them', () => {
  const one = { Id: '1', QueueArn: QUEUE, Events: ['s3:ObjectCreated:*' as const] }
  const two = { Id: '2', QueueArn: QUEUE, Events: ['s3:ObjectRemoved:*' as const] }
  const before = { QueueConfigurations: [one, two] }
  expect(tellsAllOf(before, tellingEventBridge({ QueueConfigurations: [two, one] }))).toBe(true)
  expect(tellsAllOf(before, tellingEventBridge({ QueueConfigurations: [two] }))).toBe(false)
  expect(tellsAllOf(before, before)).toBe(false)
})
