/**
 * Work on what a stack or a bucket holds already, at scale, started by hand: a backfill of an adopted bucket, and
 * rewrapping after a rotation. Each is a state machine whose role sends to one queue, or calls one function.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { BACKFILL_LABELS, backfillStates, INVENTORIES, RESULTS } from './backfillStates.ts'
import type { SafelightFunction } from './function.ts'
import { allow, onObjects, sendTo, useThrough } from './grants.ts'
import { holds, keep } from './keep.ts'
import type { Parts } from './parts.ts'
import { REWRAP_LABEL, rewrapStates } from './rewrapStates.ts'
import { Workflow } from './workflow.ts'

/** Inventories name what was uploaded. */
const KEPT_DAYS = 30

export interface BackfillProps extends Parts {
  readonly rewrapFunction: SafelightFunction
}

export class Backfill extends Construct {
  /** Of inventories and results. */
  readonly bucket: Bucket
  readonly intake: Workflow
  readonly rewrap: Workflow

  constructor(scope: Construct, id: string, props: BackfillProps) {
    super(scope, id)
    this.bucket = workBucket(this, props)
    this.intake = this.ofIntake(props)
    this.rewrap = ofRewrap(this, props)
  }

  private ofIntake({ flags, keys, intake, sealWork }: Parts): Workflow {
    const workflow = new Workflow(this, 'Intake', {
      ...{ flags, name: 'backfill', labels: BACKFILL_LABELS },
      description: 'sends what lies in intake already to be sealed',
      definition: backfillStates({
        intakeBucket: intake.bucket.bucketName,
        queueUrl: sealWork.queue.queueUrl,
        workBucket: this.bucket.bucketName,
        plain: flags.plainMaps,
      }),
    })
    allow(workflow, 'ListIntake', ['s3:ListBucket'], [intake.bucket.bucketArn])
    onObjects(workflow, 'ReadInventories', this.bucket, INVENTORIES, ['GetObject'])
    const results = ['PutObject', 'GetObject', 'ListMultipartUploadParts', 'AbortMultipartUpload']
    onObjects(workflow, 'WriteResults', this.bucket, RESULTS, results)
    sendTo(workflow, 'SealWhatLiesThere', sealWork.queue)
    useThrough(workflow, 'UseAtRest', keys.rest, ['s3', 'sqs'])
    return workflow
  }
}

function ofRewrap(scope: Construct, { flags, rewrapFunction }: BackfillProps): Workflow {
  const workflow = new Workflow(scope, 'Rewrap', {
    ...{ flags, name: 'rewrap', labels: [REWRAP_LABEL] },
    description: 'rewraps the whole vault, many shares at once',
    definition: rewrapStates(rewrapFunction.functionName),
  })
  allow(workflow, 'RewrapSlices', ['lambda:InvokeFunction'], [rewrapFunction.functionArn])
  return workflow
}

function workBucket(scope: Construct, { flags, keys, intake, vault }: Parts): Bucket {
  const bucket = new Bucket(scope, 'Bucket', {
    versioned: true,
    encryption: BucketEncryption.KMS,
    encryptionKey: keys.rest,
    bucketKeyEnabled: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    serverAccessLogsBucket: vault.logs,
    serverAccessLogsPrefix: 'backfill/',
    lifecycleRules: [
      {
        id: 'Expire',
        expiration: Duration.days(KEPT_DAYS),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  })
  keep(bucket, 'BackfillBucket', flags)
  holds(bucket, 'inventories and results')
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'InventoriesOfIntake',
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${INVENTORIES}*`)],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        ArnLike: { 'aws:SourceArn': intake.bucket.bucketArn },
      },
    }),
  )
  return bucket
}
