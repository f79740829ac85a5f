/**
 * The two forms in which a bucket tells that an object arrived: S3's own notification by SQS, and EventBridge's. Both are
 * parsed at this border; what isn't one of them is the sender's mistake.
 */
import * as z from 'zod'
import type { ObjectVersion } from '../shared/platform/ports.ts'
import { sequencerAt } from './sequencer.ts'

/** Emulators may leave it out; then no version is newer than another. */
const sequencer = z
  .string()
  .regex(/^[0-9a-f]{1,64}$/i)
  .catch('0')
/** S3 writes `null` for buckets without versions, emulators an empty string. */
const versionId = z.string().min(1).optional().catch(undefined)

const notification = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      userIdentity: z.object({ principalId: z.string().min(1).optional().catch(undefined) }).optional(),
      s3: z.object({
        bucket: z.object({ name: z.string() }),
        object: z.object({ key: z.string(), versionId, sequencer }),
      }),
    }),
  ),
})

const bridged = z.object({
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), 'version-id': versionId, sequencer }),
  }),
})

/** S3 sends this once, when notifications are set up. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') })

export interface Created {
  /** As the account calls it. */
  readonly bucketName: string
  readonly key: string
  /** What else the key may be: LocalStack's EventBridge form encodes it, which nothing in the event tells. */
  readonly decodedKey?: string
  /** Absent for unversioned buckets, and from emulators that leave it out. */
  readonly versionId?: string
  readonly sequencer: string
  /** Who uploaded, by the store's word. EventBridge's form names nobody: that it was the account is all it says. */
  readonly uploader?: string
}

/** S3 notifications carry keys form-encoded: `+` is a blank. @throws URIError */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}

function decodedAnyway(key: string): { decodedKey?: string } {
  try {
    const decodedKey = decodeKey(key)
    return decodedKey === key ? {} : { decodedKey }
  } catch {
    return {}
  }
}

/** The message with which a lost event of this version is told once more, in the form of S3's own notifications. */
export function notificationOf({ key, versionId, size, modified }: ObjectVersion, bucketName: string): string {
  const object = {
    key: encodeURIComponent(key).replaceAll('%20', '+'),
    size,
    versionId,
    sequencer: sequencerAt(modified),
  }
  const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }
  // Who uploaded was in the event that is lost; what the client wrote beside the file must not take its place.
  return JSON.stringify({
    Records: [{ ...record, userIdentity: { principalId: 'account' }, s3: { bucket: { name: bucketName }, object } }],
  })
}

/** The objects that one message says were created; none for the test event and for events of other kinds. @throws on anything else */
export function createdObjects(body: string): readonly Created[] {
  const json: unknown = JSON.parse(body)
  if (testEvent.safeParse(json).success) return []
  const fromBridge = bridged.safeParse(json)
  if (fromBridge.success) {
    const { bucket, object } = fromBridge.data.detail
    const { key, sequencer, 'version-id': version } = object
    const about = { bucketName: bucket.name, key, sequencer, uploader: 'account', ...decodedAnyway(key) }
    return [{ ...about, ...(version !== undefined && { versionId: version }) }]
  }
  return notification
    .parse(json)
    .Records.filter(({ eventName }) => eventName.replace(/^s3:/, '').startsWith('ObjectCreated:'))
    .map(({ s3: { bucket, object }, userIdentity }) => ({
      bucketName: bucket.name,
      key: decodeKey(object.key),
      sequencer: object.sequencer,
      ...(object.versionId !== undefined && { versionId: object.versionId }),
      ...(userIdentity?.principalId !== undefined && { uploader: userIdentity.principalId }),
    }))
}
