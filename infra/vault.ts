/**
 * Where sealed objects lie. Nobody overwrites here: a put that doesn't say "only if absent" is refused by the bucket
 * itself, whoever asks. Sealed objects tell the verify queue of themselves.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { notify } from './intake.ts'
import { holds, keep } from './keep.ts'
import type { WorkQueue } from './queue.ts'

/** Keys in the vault begin with what they hold (shared/flow/source.ts). */
export const OBJECTS = 'o/'
export const RENDITIONS = 'r/'
export const ENVELOPES = 'e/'
export const TOMBSTONES = 't/'

/** How long access logs of the vault are kept; its keys are opaque ids. */
const LOG_DAYS = 400

export interface VaultProps {
  readonly flags: Flags
  readonly key: IKey
  /** Whose messages are sealed objects to verify. */
  readonly work: WorkQueue
}

export class Vault extends Construct {
  readonly bucket: Bucket
  /** Access logs: of the vault, and of what works on it. */
  readonly logs: Bucket

  constructor(scope: Construct, id: string, { flags, key, work }: VaultProps) {
    super(scope, id)
    const closed = {
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    }
    this.logs = new Bucket(this, 'Logs', {
      ...closed,
      // S3 delivers access logs to no bucket that a key of ours encrypts.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ id: 'Expire', expiration: Duration.days(LOG_DAYS) }],
    })
    keep(this.logs, 'VaultLogBucket', flags)
    holds(this.logs, 'access logs of a vault')
    this.bucket = new Bucket(this, 'Bucket', {
      ...closed,
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      serverAccessLogsBucket: this.logs,
      serverAccessLogsPrefix: 'vault/',
      lifecycleRules: [
        { id: 'DeleteMarkers', expiredObjectDeleteMarker: true },
        { id: 'UnfinishedUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      ...(flags.objectLock !== undefined && {
        objectLockEnabled: true,
        objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(flags.objectLock)),
      }),
    })
    keep(this.bucket, 'VaultBucket', flags)
    holds(this.bucket, 'sealed objects')
    this.bucket.addToResourcePolicy(onlyIfAbsent(this.bucket))
    const admitted = work.admit(
      new PolicyStatement({
        sid: 'SealedObjects',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [work.queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    notify(this.bucket, work, { prefix: OBJECTS }).addResourceDependency(admitted)
  }
}

/** `ObjectCreationOperation` leaves out the parts of a multipart upload, which create nothing; completing it does. */
function onlyIfAbsent(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'OnlyIfAbsent',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects('*')],
    conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
  })
}
