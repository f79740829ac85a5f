/**
 * VERIFY: opens what SEAL stored, commits it, and erases the plaintext. It may decrypt and erase, so nobody can call it: no
 * URL, no decoder, only the queue that the vault feeds.
 */
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import { allow, decryptDataKeys, onObjects, onRows, onTable, tellAbsent, useThrough } from './grants.ts'
import { decapsulate } from './kem.ts'
import { makeFunction, openingEnv, type Parts, sharedEnv } from './parts.ts'
import { ENVELOPES, OBJECTS, RENDITIONS, TOMBSTONES } from './vault.ts'

/** Five minutes read some ten gigabytes twice. */
export const VERIFY_TIMEOUT_SECONDS = 300
const MEMORY_MIB = 1024

export class Verifying extends Construct {
  readonly function: SafelightFunction

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { flags, keys, tables, intake, vault, verifyWork, secrets } = parts
    const verify = makeFunction(this, parts, {
      name: 'verify',
      description: 'opens what was sealed with the real keys, compares, commits, erases the plaintext',
      memoryMiB: MEMORY_MIB,
      timeoutSeconds: VERIFY_TIMEOUT_SECONDS,
      env: {
        ...sharedEnv(parts),
        ...openingEnv(parts),
        INTAKE_BUCKET: intake.bucket.bucketName,
        VAULT_BUCKET: vault.bucket.bucketName,
        CATALOGUE_TABLE: tables.catalogue.tableName,
        INDEX_SECRET: secrets.index.name,
      },
    })
    this.function = verify
    onObjects(verify, 'CompareAndEraseUploads', intake.bucket, '', [
      'GetObject',
      'GetObjectVersion',
      'DeleteObjectVersion',
    ])
    tellAbsent(verify, 'TellGoneUploads', intake.bucket)
    allow(verify, 'SeeWhetherVersionsAreKept', ['s3:GetBucketVersioning'], [intake.bucket.bucketArn])
    tellAbsent(verify, 'TellGoneObjects', vault.bucket)
    for (const [sid, prefix] of [
      ['OpenAndRemoveLosers', OBJECTS],
      ['OpenAndRemoveLosersRenditions', RENDITIONS],
    ] as const) {
      onObjects(verify, sid, vault.bucket, prefix, ['GetObject', 'GetObjectVersion', 'DeleteObjectVersion'])
    }
    for (const [sid, prefix] of [
      ['ReadEnvelopes', ENVELOPES],
      ['ReadTombstones', TOMBSTONES],
    ] as const) {
      onObjects(verify, sid, vault.bucket, prefix, ['GetObject', 'GetObjectVersion'])
    }
    onRows(verify, 'Commit', tables.catalogue, ['object', 'source', 'name'], ['GetItem', 'PutItem', 'DeleteItem'])
    onRows(verify, 'CountRefused', tables.catalogue, ['refused'], ['PutItem'])
    onRows(verify, 'RevokeLinks', tables.catalogue, ['link', 'links'], ['Query', 'UpdateItem'])
    onTable(verify, 'ReadKeyRegister', tables.register, ['Scan'])
    allow(verify, 'ReadIndexKey', ['secretsmanager:GetSecretValue'], [secrets.index.arn])
    decryptDataKeys(verify, keys.data, flags.stackId)
    decapsulate(verify, parts)
    useThrough(verify, 'UseAtRest', keys.rest, ['s3', 'sqs', 'dynamodb', 'secretsmanager'])
    verifyWork.feed(verify, flags.concurrency)
  }
}
