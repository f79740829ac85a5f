/**
 * One stack's parts on an emulator, and its functions in this process: the handlers and ports of functions/*\/entry.ts, but
 * for an address that a test chooses, so that a proxy can stand between. Made anew, a function is a cold one.
 */
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { catalogueTable } from '../../../shared/platform/aws/catalogueTable.ts'
import { initKeys, type KeyPlace } from '../../../shared/platform/aws/keyMaking.ts'
import type { AwsSettings } from '../../../shared/platform/aws/settings.ts'
import { nodePrimitives } from '../../../shared/platform/crypto.ts'
import { type KeyStack, makeKeyStack } from '../../platform/aws/keyStack.ts'
import type { Emulator } from '../emulator.ts'
import { createTable } from '../tables.ts'

/** How a function is told of the world by functions/env.ts, as far as it is the same for all. */
export interface StackEnv {
  readonly STACK_ID: string
  readonly EVENT_BUS: string
  readonly ALLOW_CLASSICAL_TLS: 'false'
  readonly INTAKE_BUCKET: string
  readonly VAULT_BUCKET: string
  readonly CATALOGUE_TABLE: string
  readonly KEY_TABLE: string
  readonly DATA_KEY_ARN: string
  readonly SEED_PREFIX: string
  readonly LINK_SECRET: string
  readonly INDEX_SECRET: string
  /** Of a stack whose keys are in two regions. */
  readonly OTHER_REGION?: string
  readonly SEAL_QUEUE_URL: string
  readonly SEAL_DEAD_QUEUE_URL: string
  readonly VERIFY_QUEUE_URL: string
}

export interface TestStack {
  readonly env: StackEnv
  readonly place: KeyPlace
  readonly origin: KeyStack['origin']
  /** Straight to the emulator, for what a test looks at itself. */
  readonly s3: S3Client
  readonly dynamo: DynamoDBClient
  /** Moved by tests; functions tell the time by it. */
  readonly clock: { aheadMs: number; now(): number }
}

/** The emulator's address must be in this process's environment (useEmulator). */
export async function makeTestStack(emulator: Emulator): Promise<TestStack> {
  const id = randomBytes(8).toString('hex')
  const keyStack = await makeKeyStack()
  const s3 = new S3Client({ forcePathStyle: true, endpoint: emulator.endpoint })
  const sqs = new SQSClient({ endpoint: emulator.endpoint })
  const buckets = { INTAKE_BUCKET: `intake-${id}`, VAULT_BUCKET: `vault-${id}` }
  for (const Bucket of Object.values(buckets)) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  }
  // What is put off, and what is not removed, is there again at once: nobody waits here for a quarter of an hour.
  const Attributes = { VisibilityTimeout: '0' }
  const queue = async (QueueName: string) => {
    return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? ''
  }
  const dynamo = new DynamoDBClient({ endpoint: emulator.endpoint })
  const CATALOGUE_TABLE = `catalogue-${id}`
  await createTable(dynamo, CATALOGUE_TABLE, catalogueTable)
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs }
  const { place, origin } = keyStack
  await initKeys(place, origin, { primitives: nodePrimitives, clock })
  return {
    env: {
      ...{ STACK_ID: id, EVENT_BUS: 'default', ALLOW_CLASSICAL_TLS: 'false', ...buckets, CATALOGUE_TABLE },
      ...{ KEY_TABLE: place.table, DATA_KEY_ARN: place.dataKeyArn, SEED_PREFIX: origin.seedPrefix },
      ...{ LINK_SECRET: place.linkSecret, INDEX_SECRET: place.indexSecret },
      SEAL_QUEUE_URL: await queue(`seal-${id}`),
      SEAL_DEAD_QUEUE_URL: await queue(`seal-dead-${id}`),
      VERIFY_QUEUE_URL: await queue(`verify-${id}`),
    },
    ...{ place, origin, s3, dynamo, clock },
  }
}

/** As AWS's clients of a function, quick to give up: what is tried again for minutes is tried again for seconds here. */
export function quick(endpoint: string, settings: AwsSettings = {}): AwsSettings {
  return { endpoint, requestTimeoutMs: 1_500, maxAttempts: 2, ...settings }
}
