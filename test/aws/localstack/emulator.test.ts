/** LocalStack answers on loopback, starts afresh, and ends with whoever started it, DynamoDB and all. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { startLocalStack } from '../localstack.ts'

const LAUNCHER = JSON.stringify(join(import.meta.dirname, '..', 'localstack.ts'))
const run = promisify(execFile)

test('LocalStack keeps what it is given as long as it runs, and leaves nothing to the next', async () => {
  const first = await startLocalStack()
  await dynamo(first.endpoint).send(
    new CreateTableCommand({
      TableName: 'sample',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
  expect(await tables(first.endpoint)).toEqual(['sample'])
  const family = await descendantsOf(first.pid)
  await first[Symbol.asyncDispose]()
  await expect(fetch(first.endpoint)).rejects.toThrow()
  await gone(family)
  await using second = await startLocalStack()
  expect(await tables(second.endpoint)).toEqual([])
})

test('LocalStack and its DynamoDB end when whoever started them is killed', async () => {
  const script = `import { startLocalStack } from ${LAUNCHER}
    const { pid, endpoint } = await startLocalStack()
    process.stdout.write(JSON.stringify({ pid, endpoint }))`
  const starter = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = await once(starter.stdout, 'data')
  const { pid, endpoint } = JSON.parse(String(printed))
  await tables(endpoint)
  const family = await descendantsOf(pid)
  // The shell that holds it, LocalStack, what watches DynamoDB, DynamoDB.
  expect(family.length).toBeGreaterThanOrEqual(4)
  starter.kill('SIGKILL')
  await gone(family)
})

test('LocalStack that is not installed is an error that says what to run', async () => {
  const { SAFELIGHT_TEST_LOCALSTACK } = process.env
  delete process.env.SAFELIGHT_TEST_LOCALSTACK
  try {
    await expect(startLocalStack()).rejects.toThrow(/npm run test:localstack/)
  } finally {
    Object.assign(process.env, { SAFELIGHT_TEST_LOCALSTACK })
  }
})

function dynamo(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
}

async function tables(endpoint: string): Promise<readonly string[]> {
  return (await dynamo(endpoint).send(new ListTablesCommand({}))).TableNames ?? []
}

/** By parents, not by process group: LocalStack gives what it starts sessions of their own. */
async function descendantsOf(ancestor: number): Promise<readonly number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='])
  const rows = stdout.trim().split('\n')
  const parents = new Map(rows.map((row) => row.trim().split(/\s+/).map(Number)).map(([pid = 0, of = 0]) => [pid, of]))
  const within = (pid: number): boolean => pid === ancestor || (parents.has(pid) && within(parents.get(pid) ?? 0))
  return [...parents.keys()].filter(within)
}

async function gone(pids: readonly number[]): Promise<void> {
  for (const until = Date.now() + 10_000; pids.some(isAlive) && Date.now() < until; ) await sleep(50)
  expect(pids.filter(isAlive)).toEqual([])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
