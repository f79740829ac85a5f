/**
 * SWEEP: every ten minutes, what a crash left between two steps is sent on, and the age of the oldest plaintext is published.
 * It erases renditions and envelopes of nobody; never a sealed object, and never plaintext.
 */
import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import { allow, onObjects, onRows, sendTo, tellAbsent, useThrough } from './grants.ts'
import { makeFunction, type Parts, sharedEnv } from './parts.ts'
import { ENVELOPES, OBJECTS, RENDITIONS } from './vault.ts'

export const SWEEP_EVERY = Duration.minutes(10)

export class Sweeping extends Construct {
  readonly function: SafelightFunction

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { flags, keys, tables, intake, vault, secrets, sealWork, verifyWork } = parts
    const sweep = makeFunction(this, parts, {
      name: 'sweep',
      description: 'sends on what a crash left behind; never erases a sealed object',
      memoryMiB: 512,
      timeoutSeconds: 540,
      // Two at once would queue everything twice.
      reservedConcurrency: parts.flags.reservedReads === 0 ? 0 : 1,
      env: {
        ...sharedEnv(parts),
        INTAKE_BUCKET: intake.bucket.bucketName,
        VAULT_BUCKET: vault.bucket.bucketName,
        CATALOGUE_TABLE: tables.catalogue.tableName,
        INDEX_SECRET: secrets.index.name,
        SEAL_QUEUE_URL: sealWork.queue.queueUrl,
        VERIFY_QUEUE_URL: verifyWork.queue.queueUrl,
      },
    })
    this.function = sweep
    allow(sweep, 'ListVersions', ['s3:ListBucketVersions'], [intake.bucket.bucketArn, vault.bucket.bucketArn])
    onObjects(sweep, 'ReadHeaders', vault.bucket, OBJECTS, ['GetObject', 'GetObjectVersion'])
    // A rendition says in its header, which needs no key of ours, whose it is.
    onObjects(sweep, 'ReadRenditionHeaders', vault.bucket, RENDITIONS, ['GetObject', 'GetObjectVersion'])
    tellAbsent(sweep, 'TellGoneObjects', vault.bucket)
    // What a lock keeps is left there, and how long is told.
    const ask = flags.objectLock === undefined ? [] : ['GetObjectRetention']
    for (const [sid, prefix] of [
      ['EraseOrphanedRenditions', RENDITIONS],
      ['EraseOrphanedEnvelopes', ENVELOPES],
    ] as const) {
      onObjects(sweep, sid, vault.bucket, prefix, ['DeleteObjectVersion', ...ask])
    }
    onRows(sweep, 'LookUp', tables.catalogue, ['object', 'source'], ['GetItem'])
    onRows(sweep, 'LookUpRefused', tables.catalogue, ['refused'], ['Query'])
    allow(sweep, 'ReadIndexKey', ['secretsmanager:GetSecretValue'], [secrets.index.arn])
    sendTo(sweep, 'SealAgain', sealWork.queue)
    sendTo(sweep, 'VerifyAgain', verifyWork.queue)
    allow(sweep, 'CountWork', ['sqs:GetQueueAttributes'], [sealWork.queue.queueArn, verifyWork.queue.queueArn])
    useThrough(sweep, 'UseAtRest', keys.rest, ['s3', 'sqs', 'dynamodb', 'secretsmanager'])
    new Rule(this, 'Schedule', {
      description: 'Sweeps every ten minutes',
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    })
  }
}
