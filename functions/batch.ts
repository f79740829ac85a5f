/** One SQS batch: every created object of every message is handed on, and the messages in which one failed go back. */
import * as z from 'zod'
import { MOST_DEATHS } from '../shared/flow/deaths.ts'
import { type Created, createdObjects } from './s3-events.ts'

/**
 * From this receipt on a file is sealed unseen. SQS doesn't say why a message came back, so all receipts count: three
 * tries are for services that don't answer, and whatever ends a process ends no fourth one.
 */
export const UNSEEN_FROM_RECEIPT = 4

const count = z.coerce.number().int().min(0)

/** One record, as far as a handler reads it. A host that redelivers by itself counts deaths; SQS only counts receipts. */
const sqsRecord = z.object({
  messageId: z.string(),
  body: z.string(),
  attributes: z
    .object({ ApproximateReceiveCount: count.catch(1) })
    .partial()
    .default({}),
  messageAttributes: z
    .object({ deaths: z.object({ stringValue: count.catch(0) }) })
    .partial()
    .default({}),
})
const sqsEvent = z.object({ Records: z.array(sqsRecord) })

/** AWS's partial batch response: the messages to deliver again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/** An event of a bucket that this function doesn't work for. */
export class WrongBucket extends Error {
  override readonly name = 'WrongBucket'
  constructor() {
    super('an event of another bucket')
  }
}

function deathsOf({ attributes, messageAttributes }: z.infer<typeof sqsRecord>): number {
  if (messageAttributes.deaths) return messageAttributes.deaths.stringValue
  return (attributes.ApproximateReceiveCount ?? 1) < UNSEEN_FROM_RECEIPT ? 0 : MOST_DEATHS
}

/**
 * Runs `each` for every created object of every message; the messages in which one failed go back to the queue, and
 * `onError` is told (message id, error) so that a person can be.
 * @param bucketName the only bucket whose events are taken, as the account calls it
 */
export async function forEachCreated(
  event: unknown,
  bucketName: string,
  each: (object: Created, deaths: number) => Promise<void>,
  onError: (messageId: string, error: unknown) => void,
): Promise<BatchResponse> {
  const failed: string[] = []
  for (const record of sqsEvent.parse(event).Records) {
    try {
      for (const object of createdObjects(record.body)) {
        if (object.bucketName !== bucketName) throw new WrongBucket()
        await each(object, deathsOf(record))
      }
    } catch (error) {
      onError(record.messageId, error)
      failed.push(record.messageId)
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}
