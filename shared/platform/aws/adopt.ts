/**
 * Adopting a bucket that exists: it is made to tell EventBridge of new objects, and goes on telling whom it told before.
 * A bucket where a sealed upload couldn't be erased for good, that isn't this account's, or that is Safelight's own is refused
 * with reasons.
 */
import { isDeepStrictEqual } from 'node:util'
import {
  GetBucketNotificationConfigurationCommand,
  type GetBucketNotificationConfigurationCommandOutput,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  ListBucketsCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Unavailable } from '../ports.ts'
import { onAws } from './errors.ts'
import { heldIn, intakeOf, unless } from './ownBucket.ts'
import { type AwsSettings, clientConfig } from './settings.ts'
import { keepsVersions } from './versioning.ts'

/** What a bucket is, as far as adopting it is concerned. */
export interface BucketFacts {
  readonly isVersioned: boolean
  readonly isLocked: boolean
  readonly isReplicated: boolean
  /** What of Safelight's own lies in it. */
  readonly held?: string | undefined
  /** The stack whose intake it is. */
  readonly stack?: string | undefined
}

export type Adoption =
  /** `kept`: notifications that were there before and still are. */
  | { readonly adopted: true; readonly changed: boolean; readonly kept: number }
  | { readonly adopted: false; readonly reasons: readonly string[] }

/** Why a bucket can't be adopted; none when it can. */
export function reasonsAgainst({ isVersioned, isLocked, isReplicated, held, stack }: BucketFacts): readonly string[] {
  return [
    ...(held === undefined ? [] : [`it is Safelight's own and holds ${held}: they would be sealed again and erased`]),
    ...(stack === undefined
      ? []
      : [
          `it is the intake of the stack ${stack}, which would erase what this one is still to seal; where that stack is gone, take its notification away (aws s3api put-bucket-notification-configuration)`,
        ]),
    ...(isVersioned
      ? []
      : ['it keeps no versions: an upload could be overwritten while it is sealed; turn versioning on']),
    ...(isLocked ? ['Object Lock is on: the plaintext could not be erased once it is sealed'] : []),
    ...(isReplicated ? ['it is replicated: copies of the plaintext would stay where nobody erases them'] : []),
  ]
}

/** The same notifications, and EventBridge. */
export function tellingEventBridge(told: NotificationConfiguration): NotificationConfiguration {
  return { ...told, EventBridgeConfiguration: told.EventBridgeConfiguration ?? {} }
}

function countOf(told: NotificationConfiguration): number {
  const { QueueConfigurations = [], TopicConfigurations = [], LambdaFunctionConfigurations = [] } = told
  return QueueConfigurations.length + TopicConfigurations.length + LambdaFunctionConfigurations.length
}

/** Buckets of other accounts aren't in it, whatever their policies admit. @returns the region; undefined when it isn't ours */
async function regionOf(client: S3Client, bucket: string): Promise<string | undefined> {
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await client.send(
      new ListBucketsCommand({ Prefix: bucket, MaxBuckets: 100, ...(ContinuationToken && { ContinuationToken }) }),
    )
    const found = page.Buckets?.find(({ Name }) => Name === bucket)
    if (found) return found.BucketRegion ?? ''
    ContinuationToken = page.ContinuationToken
    if (!ContinuationToken) return undefined
  }
}

async function factsOf(client: S3Client, Bucket: string): Promise<BucketFacts> {
  const isVersioned = await keepsVersions(client, Bucket)
  const lock = await unless('ObjectLockConfigurationNotFoundError', () =>
    client.send(new GetObjectLockConfigurationCommand({ Bucket })),
  )
  const replication = await unless('ReplicationConfigurationNotFoundError', () =>
    client.send(new GetBucketReplicationCommand({ Bucket })),
  )
  return {
    held: await heldIn(client, Bucket),
    isVersioned,
    isLocked: lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
    isReplicated: (replication?.ReplicationConfiguration?.Rules ?? []).length > 0,
  }
}

async function toldBy(client: S3Client, Bucket: string): Promise<NotificationConfiguration> {
  const answer: GetBucketNotificationConfigurationCommandOutput = await client.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  )
  const { $metadata: _, ...told } = answer
  return told
}

/** Whether whoever was told is told still. S3 may give them in another order. */
export function tellsAllOf(before: NotificationConfiguration, after: NotificationConfiguration): boolean {
  if (after.EventBridgeConfiguration === undefined) return false
  const lists = ['QueueConfigurations', 'TopicConfigurations', 'LambdaFunctionConfigurations'] as const
  return lists.every((list) => {
    const [had, has]: readonly (readonly object[])[] = [before[list] ?? [], after[list] ?? []]
    return had?.every((one) => has?.some((other) => isDeepStrictEqual(one, other)))
  })
}

/** Asked again, it changes nothing. @throws Unavailable, also when somebody else changed the bucket at the same moment */
export function adoptBucket(bucket: string, settings: AwsSettings = {}): Promise<Adoption> {
  const client = new S3Client(clientConfig(settings))
  return onAws('adopting the bucket', async (): Promise<Adoption> => {
    const here = await client.config.region()
    const region = await regionOf(client, bucket)
    if (region === undefined) return refused('this account has no bucket of that name')
    if (region !== '' && region !== here) return refused(`it is in ${region}, and the stack would be in ${here}`)
    const before = await toldBy(client, bucket)
    const reasons = reasonsAgainst({ ...(await factsOf(client, bucket)), stack: intakeOf(before) })
    if (reasons.length > 0) return refused(...reasons)

    const about = { adopted: true, kept: countOf(before) } as const
    if (before.EventBridgeConfiguration) return { ...about, changed: false }
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: tellingEventBridge(before),
        // Those told before were judged when they were set up, perhaps by somebody who may see what we may not.
        SkipDestinationValidation: true,
      }),
    )
    if (tellsAllOf(before, await toldBy(client, bucket))) return { ...about, changed: true }
    throw new Unavailable(
      'the bucket does not tell what it was set to tell: somebody else changed it; look, and run this again',
    )
  })
}

function refused(...reasons: readonly string[]): Adoption {
  return { adopted: false, reasons }
}
