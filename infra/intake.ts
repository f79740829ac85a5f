/**
 * Where uploads arrive: a bucket of ours, which tells the seal queue itself (then events carry who uploaded), or an existing
 * one, which tells through EventBridge. Whatever is here is plaintext, so nothing but VERIFY's comparison ends its life.
 */
import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { CfnRule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { keep } from './keep.ts'
import type { WorkQueue } from './queue.ts'

export interface IntakeProps {
  readonly flags: Flags
  readonly key: IKey
  /** Whose messages are uploads to seal. */
  readonly work: WorkQueue
}

export class Intake extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, props: IntakeProps) {
    super(scope, id)
    const { intake } = props.flags
    this.bucket = intake === undefined ? this.own(props) : this.adopt(intake, props.work)
  }

  private own({ flags, key, work }: IntakeProps): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Never versions: those are uploads that may not be sealed yet.
      lifecycleRules: [
        { id: 'DeleteMarkers', expiredObjectDeleteMarker: true },
        { id: 'UnfinishedUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    })
    keep(bucket, 'IntakeBucket', flags)
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'File names can name patients; an access log of this bucket would keep them in clear for longer than the bucket keeps the files.',
    })
    // The bucket's own condition on its ARN would make queue and bucket wait for each other.
    const admitted = work.admit(
      new PolicyStatement({
        sid: 'Uploads',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [work.queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    notify(bucket, work, {}).addResourceDependency(admitted)
    return bucket
  }

  private adopt(name: string, work: WorkQueue): IBucket {
    const bucket = Bucket.fromBucketName(this, 'Adopted', name)
    const rule = new CfnRule(this, 'Created', {
      description: 'Uploads into the adopted bucket, to be sealed',
      eventPattern: { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { bucket: { name: [name] } } },
      targets: [{ id: 'seal', arn: work.queue.queueArn }],
    })
    work.admit(
      new PolicyStatement({
        sid: 'Uploads',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [work.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
      }),
    )
    return bucket
  }
}

/** On the resource itself: CDK's own way adds a hidden Lambda with rights over every bucket. */
export function notify(bucket: Bucket, work: WorkQueue, { prefix }: { readonly prefix?: string }): CfnBucket {
  const resource = bucket.node.defaultChild
  if (!(resource instanceof CfnBucket)) throw new Error(`${bucket.node.path} has no bucket`)
  resource.notificationConfiguration = {
    queueConfigurations: [
      {
        event: 's3:ObjectCreated:*',
        queue: work.queue.queueArn,
        ...(prefix && { filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } } }),
      },
    ],
  }
  return resource
}
