/**
 * What operators ask for by name: keys made, rotated and retired; envelopes made anew; an object erased for good. Each is a
 * function of its own power, called by whom IAM admits, and by nothing else.
 */
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import {
  allow,
  decryptDataKeys,
  generateDataKeys,
  onObjects,
  onRows,
  onTable,
  tellAbsent,
  throughService,
  useThrough,
} from './grants.ts'
import { decapsulate, onSeeds } from './kem.ts'
import { keyArnIn, viaServices } from './keys.ts'
import { makeFunction, openingEnv, type Parts, sharedEnv } from './parts.ts'
import { ENVELOPES, OBJECTS, RENDITIONS, TOMBSTONES } from './vault.ts'

const READ = ['GetObject', 'GetObjectVersion'] as const

export class Keeping extends Construct {
  readonly keys: SafelightFunction
  readonly rewrap: SafelightFunction
  readonly erase: SafelightFunction
  readonly find: SafelightFunction

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    this.keys = keysFunction(new Construct(this, 'Keys'), parts)
    this.rewrap = rewrapFunction(new Construct(this, 'Rewrap'), parts)
    this.erase = eraseFunction(new Construct(this, 'Erase'), parts)
    this.find = findFunction(new Construct(this, 'Find'), parts)
  }
}

/** Makes seeds where nobody sees them. It opens no object. */
function keysFunction(scope: Construct, parts: Parts): SafelightFunction {
  const { flags, keys, tables, secrets } = parts
  const standsBy = flags.primary !== undefined && !flags.promoted
  const made = makeFunction(scope, parts, {
    name: 'keys',
    description: 'makes, rotates and retires key generations',
    memoryMiB: 512,
    timeoutSeconds: 60,
    reservedConcurrency: parts.flags.reservedReads === 0 ? 0 : 1,
    env: {
      ...sharedEnv(parts),
      ...openingEnv(parts),
      LINK_SECRET: secrets.link.name,
      INDEX_SECRET: secrets.index.name,
      SEED_KEY_ARN: keys.seed.keyArn,
      ...(flags.multiRegion !== undefined && { REPLICA_REGION: flags.multiRegion }),
      KEYS_ARE_MADE: standsBy ? 'elsewhere' : 'here',
    },
  })
  onTable(made, 'KeepRegister', tables.register, ['Scan', 'PutItem', 'UpdateItem', 'ConditionCheckItem'])
  decapsulate(made, parts)
  if (!standsBy && flags.kemCustody === 'seed') makeSeeds(made, parts)
  allow(
    made,
    'KeepLinkAndIndexKeys',
    ['secretsmanager:GetSecretValue', ...(standsBy ? [] : ['secretsmanager:PutSecretValue'])],
    [secrets.link.arn, secrets.index.arn],
  )
  useThrough(made, 'UseAtRest', keys.rest, ['dynamodb', 'secretsmanager'])
  return made
}

/** No DeleteSecret: retiring disables, and a backup may need the seed. */
function makeSeeds(to: SafelightFunction, parts: Parts): void {
  const { flags, keys } = parts
  onSeeds(to, 'MakeSeeds', parts, ['secretsmanager:CreateSecret', 'secretsmanager:PutSecretValue'])
  throughService(to, 'SealSeeds', keys.seed, ['kms:GenerateDataKey', 'kms:Decrypt'], ['secretsmanager'])
  if (flags.multiRegion === undefined) return
  onSeeds(to, 'ReplicateSeeds', parts, ['secretsmanager:ReplicateSecretToRegions', 'secretsmanager:DescribeSecret'])
  const services = viaServices(to, ['secretsmanager'], flags.multiRegion)
  const replica = keyArnIn(to, flags.multiRegion, keys.seed.keyId)
  allow(to, 'SealReplicas', ['kms:GenerateDataKey', 'kms:Encrypt'], [replica], {
    StringEquals: { 'kms:ViaService': services },
  })
}

function rewrapFunction(scope: Construct, parts: Parts): SafelightFunction {
  const { keys, tables, vault, flags } = parts
  const made = makeFunction(scope, parts, {
    name: 'rewrap',
    description: 'gives objects envelopes under the current key generation; never touches a body',
    memoryMiB: 1024,
    timeoutSeconds: 900,
    env: {
      ...sharedEnv(parts),
      ...openingEnv(parts),
      VAULT_BUCKET: vault.bucket.bucketName,
      CATALOGUE_TABLE: tables.catalogue.tableName,
    },
  })
  allow(made, 'WalkObjects', ['s3:ListBucketVersions'], [vault.bucket.bucketArn])
  onObjects(made, 'ReadObjects', vault.bucket, OBJECTS, READ)
  onObjects(made, 'ReadRenditions', vault.bucket, RENDITIONS, READ)
  onObjects(made, 'AddEnvelopes', vault.bucket, ENVELOPES, [...READ, 'PutObject', 'AbortMultipartUpload'])
  tellAbsent(made, 'TellGoneObjects', vault.bucket)
  onRows(made, 'MoveEnvelopes', tables.catalogue, ['object'], ['GetItem', 'Query', 'UpdateItem'])
  onTable(made, 'ReadKeyRegister', tables.register, ['Scan'])
  decryptDataKeys(made, keys.data, flags.stackId)
  generateDataKeys(made, keys.data, flags.stackId)
  decapsulate(made, parts)
  useThrough(made, 'UseAtRest', keys.rest, ['s3', 'dynamodb', 'secretsmanager'])
  return made
}

/** It needs no key: what is erased isn't read. */
function eraseFunction(scope: Construct, parts: Parts): SafelightFunction {
  const { keys, tables, vault, flags } = parts
  const made = makeFunction(scope, parts, {
    name: 'erase',
    description: 'erases an object, its renditions, envelopes and links; leaves a tombstone',
    memoryMiB: 512,
    timeoutSeconds: 300,
    env: {
      ...{ ...sharedEnv(parts), VAULT_BUCKET: vault.bucket.bucketName, CATALOGUE_TABLE: tables.catalogue.tableName },
      VAULT_IS_LOCKED: flags.objectLock === undefined ? 'false' : 'true',
    },
  })
  allow(made, 'ListVersions', ['s3:ListBucketVersions'], [vault.bucket.bucketArn])
  const bypass = flags.objectLock === undefined ? [] : ['BypassGovernanceRetention']
  for (const [sid, prefix] of [
    ['EraseObjects', OBJECTS],
    ['EraseRenditions', RENDITIONS],
    ['EraseEnvelopes', ENVELOPES],
  ] as const) {
    onObjects(made, sid, vault.bucket, prefix, ['DeleteObjectVersion', ...bypass])
  }
  // It reads none: one that is there already is as good.
  onObjects(made, 'LayTombstones', vault.bucket, TOMBSTONES, ['PutObject'])
  onRows(made, 'Forget', tables.catalogue, ['object', 'source', 'name'], ['GetItem', 'PutItem', 'DeleteItem'])
  onRows(made, 'RevokeLinks', tables.catalogue, ['link', 'links'], ['GetItem', 'Query', 'UpdateItem'])
  onRows(made, 'Record', tables.catalogue, ['access'], ['PutItem'])
  useThrough(made, 'UseAtRest', keys.rest, ['s3', 'dynamodb'])
  return made
}

/** Names what an upload became to whoever knows its key and version; it reads one table and one secret. */
function findFunction(scope: Construct, parts: Parts): SafelightFunction {
  const { keys, tables, secrets } = parts
  const made = makeFunction(scope, parts, {
    name: 'find',
    description: 'says which object an upload became',
    memoryMiB: 256,
    timeoutSeconds: 30,
    env: { ...sharedEnv(parts), CATALOGUE_TABLE: tables.catalogue.tableName, INDEX_SECRET: secrets.index.name },
  })
  onRows(made, 'FindObjects', tables.catalogue, ['source'], ['GetItem'])
  allow(made, 'ReadIndexKey', ['secretsmanager:GetSecretValue'], [secrets.index.arn])
  useThrough(made, 'UseAtRest', keys.rest, ['dynamodb', 'secretsmanager'])
  return made
}
