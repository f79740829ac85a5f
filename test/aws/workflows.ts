/** The workflows' own states, run by an emulator's Step Functions: what seal is told, and how shares of a rewrap add up. */
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Created, createdObjects } from '../../functions/s3-events.ts'
import { backfillStates } from '../../infra/backfillStates.ts'
import { rewrapStates } from '../../infra/rewrapStates.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import type { Emulator } from './emulator.ts'
import { makeWorkflow, runWorkflow } from './workflow.ts'
import { zipOf } from './zip.ts'

interface Options {
  /** How backfills are deployed to this emulator (`plainMaps`). */
  readonly plain?: boolean
}

/** Sets this process's environment for the emulator, for these and for more tests of a file. */
export function describeWorkflows(start: () => Promise<Emulator>, { plain = false }: Options = {}): void {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await start()
    Object.assign(process.env, emulator.env)
  })
  afterAll(() => emulator?.[Symbol.asyncDispose]())

  test('a backfill tells seal of every object that lies in intake, by its exact key', async () => {
    const Bucket = 'uploads'
    const s3 = new S3Client({ forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'work' }))
    await s3.send(new CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const keys = ['a b+c.jpg', 'deep/er/é ü.png', 'per%20cent.jpg', ...Array.from({ length: 9 }, (_, n) => `n${n}`)]
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    const before = Math.floor(Date.now() / 1000)

    const queueUrl = await makeQueue('seal')
    const states = backfillStates({ intakeBucket: Bucket, queueUrl, workBucket: 'work', plain })
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

  test.each([{}, { perSecond: 0 }, { perSecond: 201 }, { perSecond: '5' }])(
    'a backfill refuses the order %j',
    async (order) => {
      const states = backfillStates({
        intakeBucket: 'none',
        queueUrl: 'https://none.example',
        workBucket: 'work',
        plain,
      })
      const workflow = await makeWorkflow(`refusing${JSON.stringify(order).length}`, states)
      expect(await runWorkflow(workflow, order)).toMatchObject({ status: 'FAILED', error: 'WrongInput' })
    },
  )

  test('shares of a rewrap go on until nothing is left of them, and add up', async () => {
    await makeRewrap('rewraps')
    const workflow = await makeWorkflow('rewrap', rewrapStates('rewraps'))
    const { status, output } = await runWorkflow(workflow, {})
    expect([status, output]).toEqual(['SUCCEEDED', { rewrapped: 2 * 272, current: 272, moved: 0, failed: 0 }])
  })
}

/** Answers as rewrap does: shares that begin with 0 take two slices, and `ff` holds what doesn't open. */
const REWRAP = `exports.handler = async (order) => {
  for (const name of Object.keys(order)) if (name !== 'prefix' && name !== 'next') throw new Error('BadOrder')
  const more = order.prefix[0] === '0' && order.next === undefined
  const counts = { rewrapped: 2, current: 1, moved: 0, failed: process.env.FAILS && order.prefix === 'ff' ? 3 : 0 }
  return { ...counts, done: !more, ...(more && { next: order.prefix.padEnd(32, '7') }) }
}`

/** A function in place of rewrap. */
export async function makeRewrap(
  FunctionName: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const lambda = new LambdaClient({})
  await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 30 },
      Role: 'arn:aws:iam::000000000000:role/rewrap',
      Environment: { Variables: variables },
      Code: { ZipFile: zipOf('index.js', REWRAP) },
    }),
  )
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName })
}

/** @returns its URL */
export async function makeQueue(QueueName: string): Promise<string> {
  const { QueueUrl } = await new SQSClient({}).send(new CreateQueueCommand({ QueueName }))
  if (!QueueUrl) throw new Error('a queue')
  return QueueUrl
}

/** What seal would be told by this queue. */
export async function told(url: string): Promise<Created[]> {
  const queue = openSqsQueue(url)
  const all: Created[] = []
  for (let messages = await queue.receive(); messages.length > 0; messages = await queue.receive()) {
    all.push(...messages.flatMap(({ body }) => createdObjects(body)))
  }
  return all
}
