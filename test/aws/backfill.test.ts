// The workflows' own states, run by MiniStack's Step Functions: what seal is told, and how shares of a rewrap add up.
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import type { Output } from '../../cli/output.ts'
import { runWorkflow as runCommand } from '../../cli/stack/workflow.ts'
import { type Created, createdObjects } from '../../functions/s3-events.ts'
import { backfillStates } from '../../infra/backfillStates.ts'
import { rewrapStates } from '../../infra/rewrapStates.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'
import { makeWorkflow, runWorkflow } from './workflow.ts'
import { zipOf } from './zip.ts'

const processor = z.object({ StartAt: z.string(), States: z.record(z.string(), z.unknown()) })
const share = z.object({ States: z.object({ Inventoried: z.object({ ItemProcessor: processor }) }) })

let emulator: Emulator
const settings = { region: 'us-east-1', endpoint: '' }

beforeAll(async () => {
  emulator = await startMiniStack()
  settings.endpoint = emulator.endpoint
  Object.assign(process.env, emulator.env)
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

async function makeQueue(QueueName: string): Promise<string> {
  const { QueueUrl } = await new SQSClient(settings).send(new CreateQueueCommand({ QueueName }))
  if (!QueueUrl) throw new Error('a queue')
  return QueueUrl
}

async function told(url: string): Promise<Created[]> {
  const queue = openSqsQueue(url, settings)
  const all: Created[] = []
  for (let messages = await queue.receive(); messages.length > 0; messages = await queue.receive()) {
    all.push(...messages.flatMap(({ body }) => createdObjects(body)))
  }
  return all
}

test('a backfill tells seal of every object that lies in intake, by its exact key', async () => {
  const Bucket = 'uploads'
  const s3 = new S3Client({ ...settings, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket }))
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  const keys = ['a b+c.jpg', 'deep/er/é ü.png', 'per%20cent.jpg', ...Array.from({ length: 9 }, (_, n) => `n${n}`)]
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const before = Math.floor(Date.now() / 1000)

  const queueUrl = await makeQueue('seal')
  const states = backfillStates({ intakeBucket: Bucket, queueUrl, workBucket: 'work' })
  const workflow = await makeWorkflow('backfill', states)
  expect(await runWorkflow(workflow, { perSecond: 200 })).toMatchObject({ status: 'SUCCEEDED' })

  const all = await told(queueUrl)
  expect(all.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
  for (const { bucketName, sequencer, versionId, uploader } of all) {
    expect({ bucketName, versionId, uploader }).toEqual({ bucketName: Bucket, uploader: 'account' })
    expect(sequencer).toMatch(/^00[0-9A-F]{8}FFFFFFFF$/)
    expect(Math.abs(Number.parseInt(sequencer.slice(2, 10), 16) - before)).toBeLessThan(60)
  }
})

test('a backfill from an inventory tells exact versions and no delete marker', async () => {
  // MiniStack reads no manifest of S3 Inventory, and knows no batches: one share is given what AWS would give it.
  const queueUrl = await makeQueue('inventoried')
  const states = backfillStates({ intakeBucket: 'uploads', queueUrl, workBucket: 'work' })
  const { StartAt, States } = share.parse(states).States.Inventoried.ItemProcessor
  const workflow = await makeWorkflow('share', { StartAt, States })
  const about = { IsLatest: 'true', LastModifiedDate: '2022-08-02T21:43:36.000Z' }
  const objects = [
    { ...about, Key: 'a%20b.jpg', VersionId: 'v1', IsDeleteMarker: 'false' },
    { ...about, Key: 'gone.jpg', VersionId: 'v2', IsDeleteMarker: 'true' },
    { ...about, Key: 'c.jpg', VersionId: 'v3', IsDeleteMarker: 'false' },
  ]
  const Items = objects.map((object) => ({ object, perSecond: 200 }))
  expect(await runWorkflow(workflow, { Items })).toMatchObject({ status: 'SUCCEEDED', output: {} })
  const all = (await told(queueUrl)).toSorted((a, b) => a.key.localeCompare(b.key))
  const common = { bucketName: 'uploads', sequencer: '0062E99A88FFFFFFFF', uploader: 'account' }
  expect(all).toEqual([
    { ...common, key: 'a%20b.jpg', decodedKey: 'a b.jpg', versionId: 'v1' },
    { ...common, key: 'c.jpg', versionId: 'v3' },
  ])
})

test.each([{}, { perSecond: 0 }, { perSecond: 201 }, { perSecond: '5' }])(
  'a backfill refuses the order %j',
  async (order) => {
    const states = backfillStates({ intakeBucket: 'none', queueUrl: 'https://none.example', workBucket: 'work' })
    const workflow = await makeWorkflow(`refusing${JSON.stringify(order).length}`, states)
    expect(await runWorkflow(workflow, order)).toMatchObject({ status: 'FAILED', error: 'WrongInput' })
  },
)

/** Answers as rewrap does: shares that begin with 0 take two slices, and `ff` holds what doesn't open. */
const REWRAP = `exports.handler = async (order) => {
  for (const name of Object.keys(order)) if (name !== 'prefix' && name !== 'next') throw new Error('BadOrder')
  const more = order.prefix[0] === '0' && order.next === undefined
  const counts = { rewrapped: 2, current: 1, moved: 0, failed: process.env.FAILS && order.prefix === 'ff' ? 3 : 0 }
  return { ...counts, done: !more, ...(more && { next: order.prefix.padEnd(32, '7') }) }
}`

async function makeRewrap(FunctionName: string, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  await new LambdaClient(settings).send(
    new CreateFunctionCommand({
      ...{ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 30 },
      Role: 'arn:aws:iam::000000000000:role/rewrap',
      Environment: { Variables: variables },
      Code: { ZipFile: zipOf('index.js', REWRAP) },
    }),
  )
}

test('shares of a rewrap go on until nothing is left of them, and add up', async () => {
  await makeRewrap('rewraps')
  const workflow = await makeWorkflow('rewrap', rewrapStates('rewraps'))
  const { status, output } = await runWorkflow(workflow, {})
  expect([status, output]).toEqual(['SUCCEEDED', { rewrapped: 2 * 272, current: 272, moved: 0, failed: 0 }])
})

/** What a command prints, line by line. */
function recorded() {
  const lines: unknown[] = []
  const bar = { update() {}, end() {} }
  const out: Output = {
    ...{ json: true, text() {}, note() {}, warn() {}, fail() {}, progress: () => bar },
    result: (value) => void lines.push(value),
  }
  return { lines, out }
}

test('a command starts a workflow, waits for its end, and says later how the newest one went', async () => {
  await makeRewrap('rewraps-by-command')
  const arn = await makeWorkflow('rewrap-by-command', rewrapStates('rewraps-by-command'))
  const order = { name: 'rewrap', arn, input: {} } as const
  const { lines, out } = recorded()
  await expect(runCommand({ ...order, progress: true }, out)).rejects.toThrow('no rewrap was ever started')
  expect(await runCommand({ ...order, wait: true }, out)).toBeUndefined()
  expect(await runCommand({ ...order, progress: true }, out)).toBeUndefined()
  const [ended, seen] = lines
  expect(ended).toMatchObject({ workflow: 'rewrap', status: 'succeeded', total: 256, done: 256, failed: 0 })
  expect(ended).toMatchObject({ output: { rewrapped: 2 * 272, failed: 0 }, execution: expect.stringMatching(/^arn:/) })
  expect(seen).toEqual(ended)
})

test('a workflow that fails is exit code 1, with its own words; one that is not there is said to be missing', async () => {
  const names = { intakeBucket: 'none', queueUrl: 'https://none.example', workBucket: 'work' }
  const arn = await makeWorkflow('refusing-by-command', backfillStates(names))
  const { lines, out } = recorded()
  expect(await runCommand({ name: 'backfill', arn, input: { perSecond: 0 }, wait: true }, out)).toBe(1)
  expect(lines).toMatchObject([{ status: 'failed', total: 0, cause: expect.stringMatching(/from 1 to 200/) }])
  const none = runCommand({ name: 'backfill', arn: `${arn}-gone`, input: {} }, out)
  await expect(none).rejects.toThrow(/it isn't there: deploy the stack/)
})

test('a rewrap in which something failed says so by failing itself', async () => {
  await makeRewrap('rewraps-badly', { FAILS: 'yes' })
  const workflow = await makeWorkflow('rewrap-badly', rewrapStates('rewraps-badly'))
  expect(await runWorkflow(workflow, {})).toMatchObject({
    status: 'FAILED',
    error: 'SomeFailed',
    cause: expect.stringMatching(/"failed":3/),
  })
})
