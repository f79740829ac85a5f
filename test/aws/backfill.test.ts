// The workflows on MiniStack's Step Functions, and the command line that starts and watches them.
import { expect, test } from 'vitest'
import * as z from 'zod'
import type { Output } from '../../cli/output.ts'
import { runWorkflow as runCommand } from '../../cli/stack/workflow.ts'
import { backfillStates } from '../../infra/backfillStates.ts'
import { rewrapStates } from '../../infra/rewrapStates.ts'
import { startMiniStack } from './ministack.ts'
import { makeWorkflow, runWorkflow } from './workflow.ts'
import { describeWorkflows, makeQueue, makeRewrap, told } from './workflows.ts'

const processor = z.object({ StartAt: z.string(), States: z.record(z.string(), z.unknown()) })
const share = z.object({ States: z.object({ Inventoried: z.object({ ItemProcessor: processor }) }) })

describeWorkflows(startMiniStack)

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
