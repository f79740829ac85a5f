/** A picture is sealed unseen for what it does to whoever looks at it, and not because a service is away. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MOST_OUTAGES, type Outages } from '../../functions/outages.ts'
import { notificationOf } from '../../functions/s3-events.ts'
import { sealHandler } from '../../functions/seal/handler.ts'
import { verify } from '../../shared/flow/verify.ts'
import { Archived, type ObjectRow, Unavailable } from '../../shared/platform/ports.ts'
import { makeWorld, smallPicture, type World } from '../support/world.ts'

/** What SQS does with the seal queue, and how often it gives a message before it gives it up. */
const MOST_RECEIPTS = 5

interface Message {
  readonly body: string
  readonly carry: Readonly<Record<string, number>>
  receipts: number
}

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/** `ends`: the process is killed, and nobody says anything. */
type Attempt = 'sound' | 'archived' | 'unavailable' | 'ends' | 'unavailable, as the queue is'

/**
 * Delivers one upload until it is sealed or given up, an attempt after the other as it is told; the last goes on.
 * @returns the row that it became, and how often it was delivered
 */
async function deliver(attempts: readonly Attempt[]): Promise<{ row?: ObjectRow; deliveries: number }> {
  const { ref } = await world.arrive(await smallPicture(1))
  const info = await world.ports.objects.head('intake', ref.key, ref.versionId)
  if (!info) throw new Error('an upload')
  const queue: Message[] = [{ body: notificationOf(info, 'intake'), carry: {}, receipts: 0 }]
  const givenUp: string[] = []
  let [deliveries, now]: [number, Attempt] = [0, 'sound']
  const asking = () => {
    if (now.endsWith('queue is')) throw new Unavailable('the queue is away, too')
  }
  const outages: Outages = {
    async putOff({ body }, carry) {
      asking()
      queue.push({ body, carry, receipts: 0 })
    },
    async giveUp({ body }) {
      asking()
      givenUp.push(body)
    },
  }
  const dataKeys = {
    async generateDataKey(context: Readonly<Record<string, string>>) {
      if (now === 'archived') throw new Archived()
      if (now.startsWith('unavailable')) throw new Unavailable('the key service is away')
      return world.ports.dataKeys.generateDataKey(context)
    },
  }
  const stored: { key: string; versionId: string }[] = []
  const seal = sealHandler({
    ...{ ports: { ...world.ports, dataKeys }, bucketName: 'intake', outages, onError: () => {} },
    onSealed: (outcome) => void (outcome.outcome === 'sealed' && stored.push(outcome.stored)),
  })
  for (let message = queue.shift(); message; message = queue.shift()) {
    if (++message.receipts > MOST_RECEIPTS) {
      givenUp.push(message.body)
      continue
    }
    now = attempts[deliveries] ?? attempts.at(-1) ?? 'sound'
    deliveries++
    const messageAttributes = Object.fromEntries(
      Object.entries(message.carry).map(([name, value]) => [name, { stringValue: String(value), dataType: 'Number' }]),
    )
    const attributes = { ApproximateReceiveCount: String(message.receipts) }
    const record = { messageId: 'm', body: message.body, attributes, messageAttributes }
    // Whoever looks at it is gone before any answer; unseen, it is not looked at.
    const unseen = message.receipts + (message.carry.silent ?? 0) > 3
    const isDone =
      now === 'ends' && !unseen ? false : (await seal({ Records: [record] })).batchItemFailures.length === 0
    if (!isDone) queue.push(message)
  }
  const [first] = stored
  if (!first) {
    expect(givenUp).toHaveLength(1)
    return { deliveries }
  }
  expect(givenUp).toEqual([])
  const verified = await verify(world.ports, first.key, first.versionId)
  if (verified.outcome !== 'committed') throw new Error(verified.outcome)
  return { row: await world.ports.catalogue.object(verified.objectId), deliveries }
}

const seen = (row: ObjectRow | undefined) => (row?.renditions.length ?? 0) > 0

describe('what becomes of an upload', () => {
  test('sound: it is looked at, at once', async () => {
    const { row, deliveries } = await deliver(['sound'])
    expect([seen(row), deliveries]).toEqual([true, 1])
  })

  test('after as many outages as it has patience for, it is looked at like any other', async () => {
    const away = Array.from({ length: MOST_OUTAGES - 1 }, () => 'unavailable' as const)
    const { row, deliveries } = await deliver([...away, 'sound'])
    expect([seen(row), deliveries]).toEqual([true, MOST_OUTAGES])
  })

  test('in an outage that does not end, it is given up unsealed, and its plaintext stays', async () => {
    expect(await deliver(['unavailable'])).toEqual({ deliveries: MOST_OUTAGES })
    expect(await world.keysOf('intake')).toHaveLength(1)
    expect(await world.keysOf('vault')).toEqual([])
  })

  test('in an archive, it is given up at once: no other try helps', async () => {
    expect(await deliver(['archived'])).toEqual({ deliveries: 1 })
    expect(await world.keysOf('intake')).toHaveLength(1)
  })

  test('that ends whoever looks at it, it is sealed unseen at the fourth attempt', async () => {
    const { row, deliveries } = await deliver(['ends'])
    expect([seen(row), deliveries]).toEqual([false, 4])
  })

  test.each([
    [['ends', 'unavailable', 'ends', 'unavailable', 'ends'], 6],
    [['unavailable', 'unavailable', 'unavailable', 'unavailable', 'ends', 'ends', 'ends'], 8],
    [['ends', 'ends', 'unavailable', 'unavailable', 'ends'], 6],
  ] as const)('outages between do not hide that: %j', async (attempts, expected) => {
    const { row, deliveries } = await deliver([...attempts, 'ends'])
    expect([seen(row), deliveries]).toEqual([false, expected])
  })

  test('that ends whoever looks at it before an outage that does not end, it is given up', async () => {
    expect((await deliver(['ends', 'ends', 'ends', 'unavailable'])).row).toBeUndefined()
    expect(await world.keysOf('intake')).toHaveLength(1)
  })

  test('where not even the queue answers, SQS gives it back, and gives it up in the end', async () => {
    expect(await deliver(['unavailable, as the queue is'])).toEqual({ deliveries: MOST_RECEIPTS })
  })
})

/** As SQS: what was removed by its receipt is not delivered again, whatever becomes of the invocation. */
test('an invocation that fails after it put a message off multiplies nothing', async () => {
  const { ref } = await world.arrive(await smallPicture(1))
  const info = await world.ports.objects.head('intake', ref.key, ref.versionId)
  if (!info) throw new Error('an upload')
  const away = async () => {
    throw new Unavailable('the key service is away')
  }
  const flush = async () => {
    throw new Error('out of time')
  }
  type Waiting = Message & { readonly handle: string }
  const queue = new Map<string, Waiting>()
  let [sent, givenUp] = [0, 0]
  const send = (body: string, carry: Message['carry']) => {
    const handle = `receipt-${++sent}`
    queue.set(handle, { body, carry, receipts: 0, handle })
  }
  const remove = (receiptHandle: string | undefined) => void queue.delete(receiptHandle ?? '')
  const seal = sealHandler({
    ports: { ...world.ports, dataKeys: { generateDataKey: away }, events: { ...world.ports.events, flush } },
    ...{ bucketName: 'intake', onError: () => {} },
    outages: {
      async putOff({ body, receiptHandle }, carry) {
        send(body, carry)
        remove(receiptHandle)
      },
      async giveUp({ receiptHandle }) {
        givenUp++
        remove(receiptHandle)
      },
    },
  })
  send(notificationOf(info, 'intake'), {})
  for (let deliveries = 0; queue.size > 0 && deliveries < 1_000; deliveries++) {
    const [message] = queue.values()
    if (!message) break
    queue.delete(message.handle)
    if (++message.receipts > MOST_RECEIPTS) continue
    queue.set(message.handle, message)
    const carry = Object.entries(message.carry).map(([name, value]) => [name, { stringValue: String(value) }])
    const record = {
      ...{ messageId: 'm', body: message.body, receiptHandle: message.handle },
      attributes: { ApproximateReceiveCount: String(message.receipts) },
      messageAttributes: Object.fromEntries(carry),
    }
    await expect(seal({ Records: [record] })).rejects.toThrow('out of time')
  }
  expect([sent, givenUp]).toEqual([MOST_OUTAGES, 1])
})

test('a failure that is no outage goes back to the queue', async () => {
  const outages: Outages = {
    putOff: async () => expect.fail('put off'),
    giveUp: async () => expect.fail('given up'),
  }
  const seal = sealHandler({ ports: world.ports, bucketName: 'intake', outages, onError: () => {} })
  expect(await seal({ Records: [{ messageId: 'm', body: '{' }] })).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm' }],
  })
})
