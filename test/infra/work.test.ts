// How work flows: buckets tell queues themselves, functions take one message at a time, and nothing hidden stands between.
import { describe, expect, test } from 'vitest'
import { ENV } from '../../functions/env.ts'
import { fieldOf, functionOf, listOf, ofType, textOf } from './policies.ts'
import { synth } from './synth.ts'

const template = synth()
const replicated = synth({ multiRegion: 'eu-west-1' })

test('there is no function but ours: CDK hid no custom resource', () => {
  expect(ofType(template, 'AWS::Lambda::Function')).toHaveLength(Object.keys(ENV).length)
  const custom = Object.values(template.Resources).filter(({ Type }) =>
    /^(Custom::|AWS::CloudFormation::CustomResource)/.test(Type),
  )
  expect(custom).toEqual([])
})

test.each([
  ['seal', 'Sealing'],
  ['verify', 'Verifying'],
  ['open', 'Opening'],
  ['link', 'Linking'],
  ['sweep', 'Sweeping'],
  ['keys', 'KeepingKeys'],
  ['rewrap', 'KeepingRewrap'],
  ['erase', 'KeepingErase'],
  ['find', 'KeepingFind'],
] as const)('%s is told exactly what it reads', (name, construct) => {
  // With replicas, because there is more to tell then.
  const { Properties } = functionOf(replicated, construct)
  const told = Object.keys(fieldOf(Properties.Environment, 'Variables') ?? {})
  expect(told.toSorted()).toEqual(Object.keys(ENV[name].shape).toSorted())
})

test('every function runs on Node 24 and its architecture is one switch', () => {
  const architectures = (flags: Readonly<Record<string, unknown>>) =>
    ofType(synth(flags), 'AWS::Lambda::Function').map(([, { Properties }]) => listOf(Properties.Architectures).join())
  expect(new Set(architectures({}))).toEqual(new Set(['x86_64']))
  expect(new Set(architectures({ architecture: 'arm64' }))).toEqual(new Set(['arm64']))
  const runtimes = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties.Runtime)
  expect(new Set(runtimes)).toEqual(new Set(['nodejs24.x']))
})

test('every function logs into a group of its own, whose retention is said', () => {
  const groups = ofType(template, 'AWS::Logs::LogGroup').filter(([id]) => !id.startsWith('Backfill'))
  expect(groups).toHaveLength(Object.keys(ENV).length)
  for (const [id, { Properties }] of groups) expect(Properties.RetentionInDays, id).toBeGreaterThan(0)
  const used = ofType(template, 'AWS::Lambda::Function').map(([, made]) =>
    textOf(fieldOf(made.Properties.LoggingConfig, 'LogGroup')),
  )
  expect(used.toSorted()).toEqual(groups.map(([id]) => `<${id}>`).toSorted())
})

describe.each([
  ['Seal', 'Sealing', 'IntakeBucket', undefined],
  ['Verify', 'Verifying', 'VaultBucket', 'o/'],
])('%s work', (name, construct, bucket, prefix) => {
  const queues = ofType(template, 'AWS::SQS::Queue')
  const [queueId = '', queue] = queues.find(([id]) => id.startsWith(`${name}WorkQueue`)) ?? []

  test('is fed one message at a time, to a capped number of functions, which say what failed', () => {
    const feeds = ofType(template, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties)
    const feed = feeds.find(({ EventSourceArn }) => textOf(EventSourceArn) === `<${queueId}>`)
    expect(textOf(feed?.FunctionName)).toContain(construct)
    expect(feed).toMatchObject({ BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] })
    expect(fieldOf(feed?.ScalingConfig, 'MaximumConcurrency')).toBeGreaterThanOrEqual(2)
  })

  test('comes back after six timeouts, and goes to a dead-letter queue after five tries', () => {
    const timeout = Number(functionOf(template, construct).Properties.Timeout)
    expect(queue?.Properties.VisibilityTimeout).toBe(6 * timeout)
    const redrive = queue?.Properties.RedrivePolicy
    expect(fieldOf(redrive, 'maxReceiveCount')).toBe(5)
    expect(textOf(fieldOf(redrive, 'deadLetterTargetArn'))).toContain(`${name}WorkDead`)
  })

  test('is told by the bucket itself, which is made after the policy that admits it', () => {
    const made = template.Resources[bucket]
    const [told] = listOf(fieldOf(made?.Properties.NotificationConfiguration, 'QueueConfigurations'))
    expect(textOf(fieldOf(told, 'Queue'))).toBe(`<${queueId}>`)
    expect(fieldOf(told, 'Event')).toBe('s3:ObjectCreated:*')
    expect(JSON.stringify(fieldOf(told, 'Filter') ?? null)).toContain(prefix ?? 'null')
    expect(made?.DependsOn?.some((id) => id.startsWith(`${name}WorkQueuePolicy`))).toBe(true)
  })
})

test('an adopted bucket is not made, and tells by EventBridge', () => {
  const adopting = synth({ intake: 'somebody-elses-uploads' })
  expect(adopting.Resources.IntakeBucket).toBeUndefined()
  const rules = ofType(adopting, 'AWS::Events::Rule').map(([, { Properties }]) => Properties)
  const created = rules.filter(({ EventPattern }) =>
    JSON.stringify(EventPattern ?? null).includes('somebody-elses-uploads'),
  )
  expect(created).toHaveLength(1)
  expect(created[0]?.EventPattern).toMatchObject({ source: ['aws.s3'], 'detail-type': ['Object Created'] })
  expect(textOf(fieldOf(listOf(created[0]?.Targets)[0], 'Arn'))).toContain('SealWorkQueue')
  expect(textOf(adopting.Outputs.IntakeBucketName?.Value)).toBe('somebody-elses-uploads')
})

test('the sweep comes every ten minutes, and its silence is an alarm', () => {
  const schedules = ofType(template, 'AWS::Events::Rule').map(([, { Properties }]) => Properties.ScheduleExpression)
  expect(schedules.filter(Boolean)).toEqual(['rate(10 minutes)'])
  const [, alarm] = ofType(template, 'AWS::CloudWatch::Alarm').find(([id]) => id.includes('PlaintextStays')) ?? []
  expect(alarm?.Properties.TreatMissingData).toBe('breaching')
})

test('hands on keys and secrets are told at once', () => {
  const patterns = ofType(template, 'AWS::Events::Rule').map(([, { Properties }]) =>
    JSON.stringify(Properties.EventPattern ?? null),
  )
  for (const call of ['ScheduleKeyDeletion', 'DisableKey', 'DeleteSecret']) {
    expect(
      patterns.filter((pattern) => pattern.includes(call)),
      call,
    ).toHaveLength(1)
  }
})

test('the link function believes who invokes it only where somebody asks for it by name', () => {
  const believes = (flags: Readonly<Record<string, unknown>>) => {
    const { Environment } = functionOf(synth(flags), 'Linking').Properties
    return fieldOf(fieldOf(Environment, 'Variables'), 'DIRECT_LINKS')
  }
  expect([believes({}), believes({ buffered: 'true', ephemeral: 'true' })]).toEqual(['false', 'false'])
  expect(believes({ directLinks: 'true' })).toBe('true')
})

test('links are streamed, or answered whole where an emulator asks for it', () => {
  const modes = (flags: Readonly<Record<string, unknown>>) =>
    ofType(synth(flags), 'AWS::Lambda::Url').map(([, { Properties }]) => Properties.InvokeMode ?? 'BUFFERED')
  expect(modes({}).toSorted()).toEqual(['BUFFERED', 'RESPONSE_STREAM'])
  expect(modes({ buffered: 'true' })).toEqual(['BUFFERED', 'BUFFERED'])
})
