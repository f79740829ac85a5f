/** One SQS queue: SWEEP and SEAL send to it, redriving takes from a dead-letter queue what people want tried again. */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { onAws } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

export interface QueuedMessage {
  readonly id: string
  readonly body: string
  /** 1 for the first time. */
  readonly receiveCount: number
  /** The numbers that it brings along. */
  readonly carried: Readonly<Record<string, number>>
  /** Good for this receipt alone. */
  readonly receiptHandle: string
}

export interface Sending {
  /** At most 900. */
  readonly delaySeconds?: number
  /** Message attributes, all of them numbers. */
  readonly carry?: Readonly<Record<string, number>>
}

/** Every method throws Unavailable. */
export interface SqsQueue {
  send(body: string, sending?: Sending): Promise<void>
  /** After how long what was received and not removed comes back. */
  visibilitySeconds(): Promise<number>
  /** How many messages wait or are in somebody's hands: roughly, as SQS counts. */
  waiting(): Promise<number>
  /** At most 10, hidden from other receivers for a while. Waits up to `waitSeconds` (at most 20) for the first. */
  receive(options?: {
    readonly max?: number
    readonly waitSeconds?: number
    readonly visibilitySeconds?: number
  }): Promise<readonly QueuedMessage[]>
  remove(message: Pick<QueuedMessage, 'receiptHandle'>): Promise<void>
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const

export function openSqsQueue(QueueUrl: string, settings: AwsSettings = {}): SqsQueue {
  // An emulator may name its queues after another host than it is called by; on AWS both are the same.
  const client = new SQSClient({ ...clientConfig(settings), useQueueUrlAsEndpoint: false })
  return {
    send: (MessageBody, { delaySeconds, carry = {} } = {}) =>
      onAws('sending to a queue', async () => {
        const attributes = Object.entries(carry).map(([name, value]) => {
          return [name, { DataType: 'Number', StringValue: String(value) }] as const
        })
        await client.send(
          new SendMessageCommand({
            ...{ QueueUrl, MessageBody, DelaySeconds: delaySeconds },
            ...(attributes.length > 0 && { MessageAttributes: Object.fromEntries(attributes) }),
          }),
        )
      }),
    visibilitySeconds: () =>
      onAws('asking a queue', async () => {
        const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] })
        return Number((await client.send(command)).Attributes?.VisibilityTimeout ?? 0)
      }),
    waiting: () =>
      onAws('counting a queue', async () => {
        const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] })
        const { Attributes = {} } = await client.send(command)
        return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
      }),
    receive: ({ max = 10, waitSeconds = 0, visibilitySeconds } = {}) =>
      onAws('receiving from a queue', async () => {
        const command = new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(10, max),
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
          MessageAttributeNames: ['All'],
          ...(visibilitySeconds !== undefined && { VisibilityTimeout: visibilitySeconds }),
        })
        const { Messages = [] } = await client.send(command)
        return Messages.flatMap((message) => {
          const { MessageId: id, Body: body, ReceiptHandle: receiptHandle, Attributes, MessageAttributes } = message
          if (!id || body === undefined || !receiptHandle) return []
          const receiveCount = Number(Attributes?.ApproximateReceiveCount ?? 1)
          return [{ id, body, receiptHandle, receiveCount, carried: numbersIn(MessageAttributes) }]
        })
      }),
    remove: ({ receiptHandle }) =>
      onAws('removing from a queue', async () => {
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle }))
      }),
  }
}

function numbersIn(attributes: Readonly<Record<string, MessageAttributeValue>> = {}): Record<string, number> {
  const numbers = Object.entries(attributes).map(([name, { StringValue }]) => [name, Number(StringValue)] as const)
  return Object.fromEntries(numbers.filter(([, value]) => Number.isFinite(value)))
}
