/**
 * The two forms in which a bucket tells that an object arrived: S3's own notification by SQS, and EventBridge's. Both are
 * parsed at this border; what isn't one of them is the sender's mistake.
 */
import { z } from 'zod'

/** One SQS record, as far as a handler reads it. Whoever redelivers counts how often looking at it ended a process. */
const sqsRecord = z.object({
  messageId: z.string(),
  body: z.string(),
  messageAttributes: z
    .object({ deaths: z.object({ stringValue: z.coerce.number().int().min(0).catch(0) }) })
    .partial()
    .default({}),
})
export const sqsEvent = z.object({ Records: z.array(sqsRecord) })
export type SqsEvent = z.input<typeof sqsEvent>

/** AWS's partial batch response: the messages to deliver again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/** Emulators may leave it out; then no version is newer than another. */
const sequencer = z
  .string()
  .regex(/^[0-9a-f]{1,64}$/i)
  .catch('0')

const notification = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({
        bucket: z.object({ name: z.string() }),
        object: z.object({ key: z.string(), versionId: z.string().optional(), sequencer }),
      }),
    }),
  ),
})

const bridged = z.object({
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), 'version-id': z.string().optional(), sequencer }),
  }),
})

/** S3 sends this once, when notifications are set up. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') })

export interface Created {
  readonly bucketName: string
  readonly key: string
  /** Absent for unversioned buckets, and from emulators that leave it out. */
  readonly versionId?: string
  readonly sequencer: string
}

function created(bucketName: string, key: string, versionId: string | undefined, sequencer: string): Created {
  return { bucketName, key, sequencer, ...(versionId !== undefined && { versionId }) }
}

/** S3 notifications carry keys form-encoded: `+` is a blank. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}

/** The objects that one message says were created; none for the test event and for events of other kinds. @throws on anything else */
export function createdObjects(body: string): readonly Created[] {
  const json: unknown = JSON.parse(body)
  if (testEvent.safeParse(json).success) return []
  const fromBridge = bridged.safeParse(json)
  if (fromBridge.success) {
    const { bucket, object } = fromBridge.data.detail
    return [created(bucket.name, object.key, object['version-id'], object.sequencer)]
  }
  return notification
    .parse(json)
    .Records.filter(({ eventName }) => eventName.replace(/^s3:/, '').startsWith('ObjectCreated:'))
    .map(({ s3: { bucket, object } }) =>
      created(bucket.name, decodeKey(object.key), object.versionId, object.sequencer),
    )
}

/**
 * Runs `each` for every created object of every message; the messages in which one failed go back to the queue, and
 * `onError` is told (message id, error) so that a person can be.
 */
export async function forEachCreated(
  event: unknown,
  each: (object: Created, deaths: number) => Promise<void>,
  onError: (messageId: string, error: unknown) => void,
): Promise<BatchResponse> {
  const failed: string[] = []
  for (const { messageId, body, messageAttributes } of sqsEvent.parse(event).Records) {
    try {
      for (const object of createdObjects(body)) await each(object, messageAttributes.deaths?.stringValue ?? 0)
    } catch (error) {
      onError(messageId, error)
      failed.push(messageId)
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}
