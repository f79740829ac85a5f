/** Events on EventBridge and work on SQS, against MiniStack: nothing emitted is lost by answering, queues mean what SQS means. */
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { redrive, sealAnew } from '../../cli/stack/redrive.ts'
import { createdObjects } from '../../functions/s3-events.ts'
import { MOST_REFUSED } from '../../shared/flow/refusals.ts'
import { versionIdOf } from '../../shared/flow/source.ts'
import { DETAIL_TYPES, EVENT_SOURCE, openEventBridge } from '../../shared/platform/aws/events.ts'
import { openSqsOutages } from '../../shared/platform/aws/outages.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import { type StepEvent, Unavailable } from '../../shared/platform/ports.ts'
import type { Emulator } from '../aws/emulator.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { makeWorld } from '../support/world.ts'

let emulator: Emulator
let sqs: SQSClient
const settings = { region: 'us-east-1', endpoint: '' }
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

beforeAll(async () => {
  emulator = await startMiniStack()
  settings.endpoint = emulator.endpoint
  Object.assign(process.env, emulator.env)
  sqs = new SQSClient({ region: settings.region, endpoint: emulator.endpoint, credentials })
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

async function makeQueue(QueueName: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: '30' } }))
  if (!QueueUrl) throw new Error('a queue')
  return QueueUrl
}

const step = (n: number): StepEvent => ({
  ...{ type: 'step', time: new Date(1_700_000_000_000 + n).toISOString(), step: 'stored' },
  upload: n.toString(16).padStart(32, '0'),
})

test('all that was emitted before a flush is on the bus after it, in batches that the service takes', async () => {
  const bridge = new EventBridgeClient({ region: settings.region, endpoint: emulator.endpoint, credentials })
  await bridge.send(new CreateEventBusCommand({ Name: 'steps' }))
  const url = await makeQueue('told')
  const attributes = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] })
  const Arn = (await sqs.send(attributes)).Attributes?.QueueArn
  const EventPattern = JSON.stringify({ source: [EVENT_SOURCE] })
  await bridge.send(new PutRuleCommand({ Name: 'all', EventBusName: 'steps', EventPattern, State: 'ENABLED' }))
  await bridge.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'steps', Targets: [{ Id: 'told', Arn }] }))

  let lost = 0
  const events = openEventBridge('steps', settings, { onLost: (count) => (lost += count) })
  const emitted = Array.from({ length: 23 }, (_, n) => step(n))
  for (const event of emitted) events.emit(event)
  await events.flush()
  await events.flush()

  const queue = openSqsQueue(url, settings)
  const told: unknown[] = []
  while (told.length < emitted.length) {
    const messages = await queue.receive({ waitSeconds: 2 })
    if (messages.length === 0) break
    for (const { body } of messages) {
      const event = JSON.parse(body)
      expect(event).toMatchObject({ source: EVENT_SOURCE, 'detail-type': DETAIL_TYPES.step })
      told.push(event.detail)
    }
  }
  const uploads = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).sort()
  expect([lost, uploads(told)]).toEqual([0, uploads(emitted)])
})

test('a bus that is away loses events and nothing else, and says how many', async () => {
  let lost = 0
  const away = { ...settings, endpoint: 'http://127.0.0.1:9', maxAttempts: 1 }
  const events = openEventBridge('steps', away, { onLost: (count) => (lost += count) })
  for (let n = 0; n < 12; n++) events.emit(step(n))
  await events.flush()
  expect(lost).toBe(12)
})

test('what is held back is bounded', async () => {
  let lost = 0
  const events = openEventBridge('steps', settings, { onLost: (count) => (lost += count) })
  for (let n = 0; n < 1_005; n++) events.emit(step(n))
  expect(lost).toBe(5)
})

test('a message is counted while it waits and while it is in hand, comes back with its count, and goes when removed', async () => {
  const queue = openSqsQueue(await makeQueue('work'), settings)
  expect(await queue.waiting()).toBe(0)
  await queue.send('{"a":1}')
  expect(await queue.waiting()).toBe(1)
  const [first] = await queue.receive({ max: 1, visibilitySeconds: 0, waitSeconds: 1 })
  expect(first).toMatchObject({ body: '{"a":1}', receiveCount: 1 })
  const [again] = await queue.receive({ waitSeconds: 2 })
  expect(again).toMatchObject({ id: first?.id, body: '{"a":1}', receiveCount: 2 })
  expect(await queue.waiting()).toBe(1)
  if (again) await queue.remove(again)
  expect(await queue.waiting()).toBe(0)
})

test('what is put off or given up is sent on with what it carries, and is done with before its invocation answers', async () => {
  const [url, dead] = [await makeQueue('seals'), await makeQueue('dead-seals')]
  const queue = openSqsQueue(url, settings)
  const outages = openSqsOutages(url, dead, settings)
  await queue.send('{"a":1}')
  const [first] = await queue.receive({ waitSeconds: 1 })
  if (!first) throw new Error('a message')
  await outages.putOff(first, { outages: 1, silent: 2 })
  // The copy alone, which rests as long as the queue hides what is in hand.
  expect(await queue.waiting()).toBe(1)
  expect(await queue.receive()).toEqual([])

  await queue.send('{"b":2}')
  const [second] = await queue.receive({ waitSeconds: 1 })
  if (!second) throw new Error('a message')
  await outages.giveUp(second, { silent: 2 })
  expect(await queue.waiting()).toBe(1)
  const outputs: Readonly<Record<string, string>> = { SealDeadQueueUrl: dead, SealQueueUrl: url }
  expect(await redrive({ output: (name) => outputs[name] ?? url }, 'seal', () => {})).toBe(1)
  expect(await openSqsQueue(dead, settings).waiting()).toBe(0)
  const [again] = await queue.receive({ waitSeconds: 1 })
  expect(again).toMatchObject({ body: '{"b":2}', receiveCount: 1, carried: { silent: 2 } })
})

test('an upload that never verified is sealed anew when a person says so, and is counted from none', async () => {
  await using world = await makeWorld()
  const { ref } = await world.arrive(Buffer.from('never verifies'))
  await world.arrive(Buffer.from('waits'))
  const of = versionIdOf(world.ports.primitives, { ...ref, version: ref.versionId })
  const url = await makeQueue('seals-anew')
  const outputs: Readonly<Record<string, string>> = { IntakeBucketName: 'the-intake' }
  const stack = { ...world.ports, output: (name: string) => outputs[name] ?? url }
  for (let n = 1; n < MOST_REFUSED; n++) await world.ports.catalogue.refuse(of, `${n}`)
  expect(await sealAnew(stack)).toBe(0)
  await world.ports.catalogue.refuse(of, `${MOST_REFUSED}`)
  expect(await sealAnew(stack)).toBe(1)
  const [{ body = '' } = {}] = await openSqsQueue(url, settings).receive({ waitSeconds: 1 })
  expect(createdObjects(body)).toMatchObject([{ bucketName: 'the-intake', key: ref.key, versionId: ref.versionId }])
  expect(await world.ports.catalogue.refused(of)).toBe(0)
  expect(await sealAnew(stack)).toBe(0)
})

test('that a message could not be removed is no failure: whoever delivered it removes it', async () => {
  const url = await makeQueue('stale')
  const outages = openSqsOutages(url, url, settings)
  await outages.giveUp({ body: '{}', receiptHandle: 'of another day' }, { silent: 0 })
  await outages.giveUp({ body: '{}' }, { silent: 0 })
  expect(await openSqsQueue(url, settings).waiting()).toBe(2)
})

test('a queue that is not there is unavailable, by its class and without its name', async () => {
  const error: unknown = await openSqsQueue(`${emulator.endpoint}/000000000000/Zaphod`, { ...settings, maxAttempts: 1 })
    .send('x')
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Unavailable)
  expect(error instanceof Error && error.message).not.toMatch(/Zaphod/)
  expect(error instanceof Error && error.message).toMatch(/^sending to a queue: it isn't there: .* \([\w.]+\)$/)
})
