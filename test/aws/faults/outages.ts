/** An upload that meets one outage after the other, delivered as Lambda delivers what lies in the seal queue. */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { openSqsQueue } from '../../../shared/platform/aws/queue.ts'
import { arrived, deliver } from './delivery.ts'
import type { Functions } from './functions.ts'
import { begin, type Ground, settle } from './scenario.ts'

/** One message, with what it carries. @returns whether there was one */
async function takeOne(QueueUrl: string, endpoint: string, seal: Functions['seal']): Promise<boolean> {
  const sqs = new SQSClient({ endpoint })
  const asked = { QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] as ['All'] }
  const [message] = (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? []
  if (message === undefined) return false
  const messageAttributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue, DataType }]) => {
      return [name, { stringValue: StringValue, dataType: DataType }]
    }),
  )
  const { MessageId: messageId, Body: body, Attributes: attributes, ReceiptHandle } = message
  const { batchItemFailures } = await seal({ Records: [{ messageId, body, attributes, messageAttributes }] })
  if (batchItemFailures.length === 0) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  return true
}

export interface Outlasted {
  /** What broke an invariant. */
  readonly wrong: readonly string[]
  /** Messages in the dead-letter queue once the outages were over. */
  readonly givenUp: number
  readonly attempts: number
}

/** The key service is away for so many attempts; then the upload is sealed, by what waits or by a sweep, and settles. */
export async function throughOutages(ground: Ground, outages: number): Promise<Outlasted> {
  const begun = await begin(ground)
  const { stack, truth, endpoint, failing, sound, tell, arrive } = begun
  const { SEAL_QUEUE_URL, SEAL_DEAD_QUEUE_URL } = stack.env
  const file = await arrive()
  ground.proxy.strike(({ call }) => {
    return call === 'kms.GenerateDataKey' ? { status: 400, error: 'KMSInvalidStateException' } : 'pass'
  })
  const { seal } = failing(1)
  const wrong = (await deliver(seal, [arrived(stack, file)], 1)).map(() => 'it went back instead of being put off')
  let attempts = 1
  while (attempts < outages && (await takeOne(SEAL_QUEUE_URL, endpoint, seal))) attempts++
  ground.proxy.strike(() => 'pass')
  const givenUp = await openSqsQueue(SEAL_DEAD_QUEUE_URL, { endpoint }).waiting()
  wrong.push(...(await truth.neverNeither(file)))
  await takeOne(SEAL_QUEUE_URL, endpoint, sound().seal)
  await deliver(sound().verify, await tell())
  await settle(begun)
  // Among it two renditions, which nothing has that is sealed unseen.
  return { wrong: [...wrong, ...(await truth.settled([file]))], givenUp, attempts }
}
