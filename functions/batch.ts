/** One SQS batch: every created object of every message is handed on, and the messages in which one failed go back. */
import * as z from 'zod'
import { attemptsBefore, carried, type Outages, outlast, received } from './outages.ts'
import { type Created, createdObjects } from './s3-events.ts'

/** One record, as far as a handler reads it. */
const sqsRecord = z.object({
  messageId: z.string(),
  body: z.string(),
  receiptHandle: z.string().optional(),
  attributes: received.default({}),
  messageAttributes: carried.default({}),
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

/**
 * Runs `each` for every created object of every message; the messages in which one failed go back to the queue, and
 * `onError` is told (message id, error) so that a person can be.
 * @param bucketName the only bucket whose events are taken, as the account calls it
 * @param outages where it is given, what met a service that doesn't answer doesn't go back but is sent anew
 */
export async function forEachCreated(
  event: unknown,
  bucketName: string,
  each: (object: Created, deaths: number) => Promise<void>,
  onError: (messageId: string, error: unknown) => void,
  outages?: Outages,
): Promise<BatchResponse> {
  const failed: string[] = []
  for (const record of sqsEvent.parse(event).Records) {
    const before = attemptsBefore(record.messageAttributes, record.attributes)
    try {
      for (const object of createdObjects(record.body)) {
        if (object.bucketName !== bucketName) throw new WrongBucket()
        await each(object, before.deaths)
      }
    } catch (error) {
      onError(record.messageId, error)
      if (!(outages && (await outlast(outages, record, before, error)))) failed.push(record.messageId)
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}
