/** The emulators start, answer, and end with whoever started them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { startDynamoDbLocal } from './dynamodb-local.ts'
import { startMiniStack } from './ministack.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

test('MiniStack answers on loopback and is gone afterwards', async () => {
  const stack = await startMiniStack()
  const s3 = new S3Client({ endpoint: stack.endpoint, region: 'us-east-1', credentials })
  expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([])
  await stack[Symbol.asyncDispose]()
  expect(isAlive(-stack.pid)).toBe(false)
  await expect(fetch(stack.endpoint)).rejects.toThrow()
})

test('MiniStack ends when whoever started it is killed', async () => {
  const script = `import { startMiniStack } from ${JSON.stringify(join(import.meta.dirname, 'ministack.ts'))}
    process.stdout.write(String((await startMiniStack()).pid))`
  const starter = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = await once(starter.stdout, 'data')
  const pid = Number(String(printed))
  expect(isAlive(-pid)).toBe(true)
  starter.kill('SIGKILL')
  for (let tries = 0; isAlive(-pid) && tries < 200; tries++) await sleep(50)
  expect(isAlive(-pid)).toBe(false)
})

test('DynamoDB Local makes a table', async () => {
  await using emulator = await startDynamoDbLocal()
  const client = new DynamoDBClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials })
  await client.send(
    new CreateTableCommand({
      TableName: 'sample',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['sample'])
})

test('an emulator that is not installed is an error that says what to run', () => {
  const { SAFELIGHT_TEST_MINISTACK, SAFELIGHT_TEST_DYNAMODB_LOCAL } = process.env
  delete process.env.SAFELIGHT_TEST_MINISTACK
  delete process.env.SAFELIGHT_TEST_DYNAMODB_LOCAL
  try {
    expect(() => startMiniStack()).toThrow(/npm test/)
    expect(() => startDynamoDbLocal()).toThrow(/npm test/)
  } finally {
    Object.assign(process.env, { SAFELIGHT_TEST_MINISTACK, SAFELIGHT_TEST_DYNAMODB_LOCAL })
  }
})

/** @param pid negative for a process group */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
