/**
 * One deployment's parts in two regions of an emulator, as two stacks of one name have them: data and seed keys of the first
 * with replicas in the second, link and index secrets replicated, the vault copied by S3, tables and queues of their own.
 */
import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateKeyCommand, KMSClient, ReplicateKeyCommand } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  type ReplicationRule,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateSecretCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { catalogueTable } from '../../shared/platform/aws/catalogueTable.ts'
import { inRegion } from '../../shared/platform/aws/keyService.ts'
import { KEY_TABLE } from '../../shared/platform/aws/keyTable.ts'
import type { Emulator } from './emulator.ts'
import type { TestStack } from './faults/stack.ts'
import { createTable } from './tables.ts'

export const [HOME, THERE] = ['us-east-1', 'eu-west-1'] as const
export type Region = typeof HOME | typeof THERE

export interface TwoRegions {
  readonly home: TestStack
  readonly there: TestStack
}

/** The emulator's address must be in this process's environment (useEmulator). Neither has keys. */
export async function makeTwoRegions({ endpoint }: Emulator): Promise<TwoRegions> {
  const id = randomBytes(8).toString('hex')
  const names = { linkSecret: `${id}/link`, indexSecret: `${id}/index`, seedPrefix: `${id}/seeds` }
  const [dataKeyArn, seedKeyArn] = [await makeKey(), await makeKey()]
  for (const Name of [names.linkSecret, names.indexSecret]) await makeSecret(Name)
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs }

  async function partsIn(region: Region): Promise<TestStack> {
    const sqs = new SQSClient({ region })
    const dynamo = new DynamoDBClient({ region })
    const s3 = new S3Client({ region, endpoint, forcePathStyle: true })
    const queue = async (name: string) =>
      (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${id}` }))).QueueUrl ?? ''
    const buckets = { INTAKE_BUCKET: `intake-${region}-${id}`, VAULT_BUCKET: `vault-${region}-${id}` }
    for (const Bucket of Object.values(buckets)) {
      await s3.send(new CreateBucketCommand({ Bucket }))
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    }
    const tables = { CATALOGUE_TABLE: `catalogue-${id}`, KEY_TABLE: `keys-${id}` }
    await createTable(dynamo, tables.CATALOGUE_TABLE, catalogueTable)
    await dynamo.send(
      new CreateTableCommand({
        TableName: tables.KEY_TABLE,
        BillingMode: KEY_TABLE.BillingMode,
        AttributeDefinitions: [...KEY_TABLE.AttributeDefinitions],
        KeySchema: [...KEY_TABLE.KeySchema],
      }),
    )
    const key = inRegion(dataKeyArn, region)
    return {
      env: {
        ...{ STACK_ID: id, EVENT_BUS: 'default', ALLOW_CLASSICAL_TLS: 'false', ...buckets, ...tables },
        ...{ DATA_KEY_ARN: key, OTHER_REGION: region === HOME ? THERE : HOME, SEED_PREFIX: names.seedPrefix },
        ...{ LINK_SECRET: names.linkSecret, INDEX_SECRET: names.indexSecret },
        ...{
          SEAL_QUEUE_URL: await queue('seal'),
          SEAL_DEAD_QUEUE_URL: await queue('dead'),
          VERIFY_QUEUE_URL: await queue('verify'),
        },
      },
      place: { ...names, table: tables.KEY_TABLE, dataKeyArn: key },
      origin: {
        ...{ custody: 'seed', seedPrefix: names.seedPrefix, seedKeyArn },
        ...(region === HOME && { replicaRegion: THERE }),
      },
      ...{ s3, dynamo, clock },
    }
  }

  const both = { home: await partsIn(HOME), there: await partsIn(THERE) }
  await replicateVault(both.home.s3, both.home.env.VAULT_BUCKET, both.there.env.VAULT_BUCKET)
  return both
}

async function makeKey(): Promise<string> {
  const kms = new KMSClient({ region: HOME })
  const KeyId = (await kms.send(new CreateKeyCommand({ MultiRegion: true }))).KeyMetadata?.Arn ?? ''
  await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: THERE }))
  return KeyId
}

/** Without a value, as the stack makes it. */
async function makeSecret(Name: string): Promise<void> {
  const secrets = new SecretsManagerClient({ region: HOME })
  await secrets.send(new CreateSecretCommand({ Name }))
  await secrets.send(new ReplicateSecretToRegionsCommand({ SecretId: Name, AddReplicaRegions: [{ Region: THERE }] }))
}

/** What CloudFormation does with the vault's `ReplicationConfiguration`, which this emulator's doesn't know. */
export async function replicateVault(s3: S3Client, from: string, to: string): Promise<void> {
  const rule: ReplicationRule = {
    ...{ ID: 'Elsewhere', Priority: 1, Filter: { Prefix: '' } },
    Status: 'Enabled',
    DeleteMarkerReplication: { Status: 'Disabled' },
    Destination: { Bucket: `arn:aws:s3:::${to}` },
  }
  const Role = 'arn:aws:iam::000000000000:role/replication'
  const ReplicationConfiguration = { Role, Rules: [rule] }
  await s3.send(new PutBucketReplicationCommand({ Bucket: from, ReplicationConfiguration }))
}
