/** Node Lambdas on LocalStack without Docker: deployed as archives, fed by queues, reached by URL, and what becomes of failures. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reach } from '../../../shared/platform/aws/reach.ts'
import { useEmulator } from '../../platform/aws/keyStack.ts'
import { collect } from '../../support/memory.ts'
import type { Emulator } from '../emulator.ts'
import { startLocalStack } from '../localstack.ts'
import { logsOf } from '../logs.ts'
import { zipOf } from '../zip.ts'

let emulator: Emulator
let bundle: string
beforeAll(async () => {
  emulator = await startLocalStack()
  useEmulator(emulator)
  bundle = await bundled(join(import.meta.dirname, '..', 'fixtures', 'small.ts'))
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    ...{ bundle: true, write: false, platform: 'node', target: 'node24', format: 'esm', logLevel: 'error' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return outputFiles[0]?.text ?? ''
}

/** @returns the name of the function, ready to be invoked */
async function deploy(code: string, Variables: Record<string, string> = {}): Promise<string> {
  const lambda = new LambdaClient({})
  const FunctionName = `small-${randomBytes(4).toString('hex')}`
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/small',
      Timeout: 3,
      Code: { ZipFile: zipOf('index.mjs', code) },
      Environment: { Variables },
    }),
  )
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName })
  return FunctionName
}

async function invoke(FunctionName: string, event: unknown) {
  const { FunctionError, Payload } = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  )
  return { error: FunctionError, answer: JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) }
}

/** Queues are named after another name of this machine than the emulator is called by. */
function sqsClient(): SQSClient {
  return new SQSClient({ useQueueUrlAsEndpoint: false })
}

async function queue(Attributes: Record<string, string> = {}): Promise<{ readonly url: string; readonly arn: string }> {
  const sqs = sqsClient()
  const QueueName = `small-${randomBytes(4).toString('hex')}`
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  const about = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }))
  return { url, arn: about.Attributes?.QueueArn ?? '' }
}

describe('a bucket that feeds a function by a queue', () => {
  const [Bucket, TableName] = ['small-intake', 'small-notes']
  const [s3, dynamo, sqs] = [() => new S3Client({}), () => new DynamoDBClient({}), sqsClient]
  let given: Awaited<ReturnType<typeof queue>>
  let work: Awaited<ReturnType<typeof queue>>

  beforeAll(async () => {
    given = await queue()
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: given.arn, maxReceiveCount: 2 })
    work = await queue({ VisibilityTimeout: '3', RedrivePolicy })
    await dynamo().send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      }),
    )
    const FunctionName = await deploy(bundle, { TABLE: TableName })
    const lambda = new LambdaClient({})
    await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: work.arn, BatchSize: 1 }))
    await s3().send(new CreateBucketCommand({ Bucket }))
    const QueueConfigurations = [{ QueueArn: work.arn, Events: ['s3:ObjectCreated:*' as const] }]
    const NotificationConfiguration = { QueueConfigurations }
    await s3().send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  })

  test('has each upload worked on, whatever it is called', async () => {
    const uploads = ['one', 'Ünïcode +1 100%/two ü'].map((key) => ({ key, body: randomBytes(100_000) }))
    for (const { key, body } of uploads) await s3().send(new PutObjectCommand({ Bucket, Key: key, Body: body }))
    for (const { key, body } of uploads) {
      const digest = createHash('sha256').update(body).digest('hex')
      expect(await eventually(() => noted(key))).toBe(digest)
    }
  })

  test('gives up what fails again and again, to where it is kept', async () => {
    await sqs().send(new SendMessageCommand({ QueueUrl: work.url, MessageBody: '{"poison":true}' }))
    const body = await eventually(async () => {
      const { Messages } = await sqs().send(new ReceiveMessageCommand({ QueueUrl: given.url, WaitTimeSeconds: 1 }))
      return Messages?.[0]?.Body
    })
    expect(body).toBe('{"poison":true}')
  })

  async function noted(key: string): Promise<string | undefined> {
    const { Item } = await dynamo().send(new GetItemCommand({ TableName, Key: { key: { S: key } } }))
    return Item?.digest?.S
  }
})

test('a function URL takes and gives back every byte', async () => {
  const FunctionName = await deploy(bundle)
  const { FunctionUrl = '' } = await new LambdaClient({}).send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }),
  )
  const answer = await reach(`${FunctionUrl}some/path`)
  expect([answer.status, answer.headers['content-type'], answer.headers['x-path']]).toEqual([
    207,
    'image/png',
    '/some/path',
  ])
  const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), randomBytes(1_000_000)])
  expect(await post(FunctionUrl, bytes)).toEqual(bytes)
})

describe('a function that fails', () => {
  let name: string
  beforeAll(async () => {
    name = await deploy(bundle)
  })

  test('by an error says which, and goes on', async () => {
    expect(await invoke(name, {})).toEqual({ error: undefined, answer: { invocations: 1 } })
    const { error, answer } = await invoke(name, { fail: 'throw' })
    expect([error, answer.errorType, answer.errorMessage]).toEqual(['Unhandled', 'RangeError', 'as was asked'])
    expect(answer.trace.join()).toContain('index.mjs')
    expect((await invoke(name, {})).answer).toEqual({ invocations: 3 })
  })

  test.each([
    ['by ending', 'exit', 'Runtime.ExitError', /exit status 3/],
    ['by taking too long', 'hang', 'Sandbox.Timedout', /timed out after 3\.00 seconds/],
  ])('%s is reported, and starts anew', async (_, fail, type, message) => {
    const { error, answer } = await invoke(name, { fail })
    expect([error, answer.errorType]).toEqual(['Unhandled', type])
    expect(answer.errorMessage).toMatch(message)
    expect((await invoke(name, {})).answer).toEqual({ invocations: 1 })
  })

  test('while it is loaded says why', async () => {
    const { error, answer } = await invoke(await deploy("throw new TypeError('not today')"), {})
    expect([error, answer.errorType, answer.errorMessage]).toEqual(['Unhandled', 'TypeError', 'not today'])
  })

  test('leaves what it printed in its log', async () => {
    const lines = await eventually(async () => {
      const all = await logsOf(emulator)
      return all.some((line) => line.includes('as was asked')) ? all : undefined
    })
    expect(lines?.some((line) => line.includes('small: invocation 3'))).toBe(true)
    expect(lines?.some((line) => line.startsWith('REPORT RequestId: '))).toBe(true)
  })
})

/** By hand: reach() posts text alone. */
async function post(url: string, body: Buffer): Promise<Buffer> {
  const { host, pathname } = new URL(url)
  const { hostname, port } = new URL(emulator.endpoint)
  const headers = { host, 'content-type': 'application/octet-stream' }
  const sent = request({ hostname, port, method: 'POST', path: pathname, headers }).end(body)
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  if (!answer) throw new Error('no answer')
  return collect(answer)
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    const seen = await look()
    if (seen !== undefined) return seen
  }
  return undefined
}
