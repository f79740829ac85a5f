/** Doctor finds what is wrong with a stack: each problem made in an emulator, in real queues, buckets and alarms. */
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Check } from '../../cli/checks/check.ts'
import { checkStack } from '../../cli/checks/stack.ts'
import { openStack, type Stack } from '../../cli/stack/stack.ts'
import { outputs } from '../../shared/platform/aws/outputs.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

const NAME = 'Ailing'
const QUEUES = ['SealQueueUrl', 'SealDeadQueueUrl', 'VerifyQueueUrl', 'VerifyDeadQueueUrl'] as const
const BUCKETS = { IntakeBucketName: 'ailing-intake', VaultBucketName: 'ailing-vault' }
let emulator: Emulator
let stack: Stack
const queueUrls: Record<string, string> = {}

beforeAll(async () => {
  emulator = await startMiniStack()
  Object.assign(process.env, emulator.env)
  const [s3, sqs] = [new S3Client({ forcePathStyle: true }), new SQSClient()]
  for (const Bucket of Object.values(BUCKETS)) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  }
  for (const name of QUEUES) {
    queueUrls[name] = (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? ''
  }
  const told: Readonly<Record<string, string>> = { ...BUCKETS, ...queueUrls, StackId: '0123456789abcdef' }
  const other = (name: string) => (/(Url|Origin)$/.test(name) ? 'https://there.example/' : name.toLowerCase())
  const template = {
    Resources: { Nothing: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
    Outputs: Object.fromEntries(outputs.keyof().options.map((name) => [name, { Value: told[name] ?? other(name) }])),
  }
  await new CloudFormationClient().send(
    new CreateStackCommand({ StackName: NAME, TemplateBody: JSON.stringify(template) }),
  )
  stack = await openStack(NAME)
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

/** By its name; alarms that ring share one. */
async function findings(later = 0): Promise<Readonly<Record<string, Check>>> {
  const checks = await checkStack({ ...stack, clock: { now: () => Date.now() + later } }, 'us-east-1')
  return Object.fromEntries(checks.map((one) => [one.check, one]))
}

test('a stack whose functions are gone is a problem, and hides no other finding', async () => {
  const unknown = { status: 'problem', detail: expect.stringMatching(/^could not be checked: /) }
  expect(await findings()).toMatchObject({
    ...{ keys: unknown, 'round-trip': unknown },
    intake: { status: 'ok', detail: 'nothing waits' },
    alarms: { status: 'ok' },
  })
})

test('an upload that waits is well for a while, and a problem after a quarter of an hour', async () => {
  const { IntakeBucketName: Bucket } = BUCKETS
  await new S3Client({ forcePathStyle: true }).send(new PutObjectCommand({ Bucket, Key: 'late', Body: 'late' }))
  const [soon, late] = [await findings(14 * 60_000), await findings(16 * 60_000)]
  expect(soon.intake).toMatchObject({ status: 'ok', detail: expect.stringMatching(/wait: 1,/) })
  expect(late.intake).toMatchObject({
    ...{ status: 'problem', detail: expect.stringMatching(/wait: 1, the oldest for 16 min/) },
    mend: expect.stringContaining('safelight redrive --stack Ailing'),
  })
})

test('an intake bucket that keeps no versions is a problem, and doctor says how they are kept', async () => {
  const { IntakeBucketName: Bucket } = BUCKETS
  const s3 = new S3Client({ forcePathStyle: true })
  const turn = (Status: 'Suspended' | 'Enabled') =>
    s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
  await turn('Suspended')
  expect((await findings())['intake-versions']).toMatchObject({
    ...{ status: 'problem', detail: expect.stringContaining('not on') },
    mend: expect.stringContaining(`put-bucket-versioning --bucket ${Bucket} `),
  })
  await turn('Enabled')
  expect((await findings())['intake-versions']).toMatchObject({ status: 'ok' })
})

test('what was given up is a problem of the stage that gave up, and of no other', async () => {
  await openSqsQueue(queueUrls.VerifyDeadQueueUrl ?? '').send('{}')
  expect(await findings()).toMatchObject({
    'dead-letters-verify': {
      ...{ status: 'problem', detail: 'about 1 were given up' },
      mend: expect.stringMatching(/verify function's log .*redrive/),
    },
    'dead-letters-seal': { status: 'ok' },
  })
})

test("an alarm that rings is a problem, another stack's is not, not even of one whose name begins alike", async () => {
  const watch = new CloudWatchClient()
  for (const AlarmName of [`${NAME}-SealFailed0A-1B`, 'Other-SealFailed0A-1B', `${NAME}-eu-SealFailed0A-1B`]) {
    const about = { Namespace: 'n', MetricName: 'm', Period: 60, EvaluationPeriods: 1, Threshold: 0 }
    const how = { Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold' } as const
    await watch.send(new PutMetricAlarmCommand({ AlarmName, AlarmDescription: `of ${AlarmName}`, ...about, ...how }))
    await watch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'test' }))
  }
  const rings = (await checkStack(stack, 'us-east-1')).filter(({ check }) => check === 'alarms')
  expect(rings).toEqual([
    {
      ...{ check: 'alarms', status: 'problem', detail: 'of Ailing-SealFailed0A-1B' },
      mend: expect.stringContaining('OPERATIONS'),
    },
  ])
})
