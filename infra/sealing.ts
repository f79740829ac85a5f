/**
 * SEAL: the code that parses hostile images. It may read an upload, make a data key and add to the vault; it may not decrypt,
 * delete, read a seed or the catalogue.
 */
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import { allow, deny, generateDataKeys, onObjects, onTable, sendTo, tellAbsent, useThrough } from './grants.ts'
import { makeFunction, type Parts, sharedEnv } from './parts.ts'
import { OBJECTS, RENDITIONS } from './vault.ts'

/** An image of forty megapixels takes 700 MiB and some ten seconds on one core; Lambda gives a core for 1,769 MiB. */
export const SEAL_TIMEOUT_SECONDS = 300
const MEMORY_MIB = 2048

export class Sealing extends Construct {
  readonly function: SafelightFunction

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { flags, keys, tables, intake, vault, sealWork } = parts
    const seal = makeFunction(this, parts, {
      name: 'seal',
      description: 'seals uploads under a public key; can neither decrypt nor delete',
      memoryMiB: MEMORY_MIB,
      timeoutSeconds: SEAL_TIMEOUT_SECONDS,
      env: {
        ...sharedEnv(parts),
        INTAKE_BUCKET: intake.bucket.bucketName,
        VAULT_BUCKET: vault.bucket.bucketName,
        KEY_TABLE: tables.register.tableName,
        DATA_KEY_ARN: keys.data.keyArn,
        SEAL_QUEUE_URL: sealWork.queue.queueUrl,
        SEAL_DEAD_QUEUE_URL: sealWork.dead.queueUrl,
      },
    })
    this.function = seal
    onObjects(seal, 'ReadUploads', intake.bucket, '', ['GetObject', 'GetObjectVersion'])
    tellAbsent(seal, 'TellGoneUploads', intake.bucket)
    // A backfill by listing names no version.
    allow(seal, 'FindVersions', ['s3:ListBucketVersions', 's3:GetBucketVersioning'], [intake.bucket.bucketArn])
    for (const [sid, prefix] of [
      ['AddObjects', OBJECTS],
      ['AddRenditions', RENDITIONS],
    ] as const) {
      onObjects(seal, sid, vault.bucket, prefix, ['PutObject', 'AbortMultipartUpload'])
    }
    onTable(seal, 'ReadPublicKeys', tables.register, ['Scan'])
    generateDataKeys(seal, keys.data, flags.stackId)
    useThrough(seal, 'UseAtRest', keys.rest, ['s3', 'sqs', 'dynamodb'])
    deny(
      seal,
      'NeverDecrypt',
      ['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:CreateGrant', 'kms:PutKeyPolicy'],
      [keys.data.keyArn, keys.seed.keyArn],
    )
    deny(seal, 'NeverDecapsulateNorReadSecrets', ['kms:Decapsulate', 'secretsmanager:GetSecretValue'], ['*'])
    deny(
      seal,
      'NeverDelete',
      ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention', 'dynamodb:DeleteItem'],
      ['*'],
    )
    // What met a service that doesn't answer, so that SQS counts as receipts only what ended without a word.
    sendTo(seal, 'PutOff', sealWork.queue)
    sendTo(seal, 'GiveUp', sealWork.dead)
    sealWork.feed(seal, flags.concurrency)
  }
}
