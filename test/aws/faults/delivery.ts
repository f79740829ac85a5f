/** What SQS and S3 do around the functions: uploads are told of, messages come back until they are taken, five times at most. */
import { randomBytes } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { BatchResponse } from '../../../functions/batch.ts'
import { openS3Objects } from '../../../shared/platform/aws/objects.ts'
import { openSqsQueue, type SqsQueue } from '../../../shared/platform/aws/queue.ts'
import type { Functions } from './functions.ts'
import type { TestStack } from './stack.ts'

export interface Upload {
  readonly key: string
  readonly versionId: string
  readonly sequencer: string
  readonly bytes: Buffer
}

let uploads = 0

/** A file in intake, as an uploader leaves it. */
export async function upload({ s3, env }: TestStack, bytes: Buffer, key?: string): Promise<Upload> {
  const Key = key ?? randomBytes(16).toString('hex')
  const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket: env.INTAKE_BUCKET, Key, Body: bytes }))
  const sequencer = `00${(++uploads).toString(16).toUpperCase().padStart(16, '0')}`
  return { key: Key, versionId: VersionId, sequencer, bytes }
}

/** S3's own notification, as AWS words it. */
export function created(bucket: string, object: { key: string; versionId: string; sequencer?: string }): string {
  const { key, versionId, sequencer = '0055AED6DCD90281E5' } = object
  const about = { key: encodeURIComponent(key).replaceAll('%20', '+'), size: 1, eTag: '', versionId, sequencer }
  const record = { eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: 'us-east-1', eventName: 'ObjectCreated:Put' }
  const s3 = { s3SchemaVersion: '1.0', bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` }, object: about }
  return JSON.stringify({ Records: [{ ...record, userIdentity: { principalId: 'AWS:AIDA:uploader' }, s3 }] })
}

export const arrived = ({ env }: TestStack, told: Upload): string => created(env.INTAKE_BUCKET, told)

export function batchOf(bodies: readonly string[], receives = 1) {
  return {
    Records: bodies.map((body, i) => ({
      ...{ messageId: `m${i}`, receiptHandle: `r${i}`, body, eventSource: 'aws:sqs', messageAttributes: {} },
      attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: '1' },
    })),
  }
}

/** @returns what is left for the dead-letter queue; a handler that throws has taken nothing of its batch */
export async function deliver(
  handler: (event: unknown) => Promise<BatchResponse>,
  bodies: readonly string[],
  receives = 5,
): Promise<readonly string[]> {
  let left = bodies
  for (let receive = 1; receive <= receives && left.length > 0; receive++) {
    const batch = batchOf(left, receive)
    const answer = await handler(batch).catch(() => undefined)
    const failed = new Set(
      (answer?.batchItemFailures ?? batch.Records.map((record) => ({ itemIdentifier: record.messageId }))).map(
        (item) => item.itemIdentifier,
      ),
    )
    left = left.filter((_, i) => failed.has(`m${i}`))
  }
  return left
}

/** Tells of each version in the vault once, as the bucket does. */
export function vaultEvents({ env }: TestStack, endpoint: string, region?: string): () => Promise<readonly string[]> {
  const settings = { endpoint, ...(region !== undefined && { region }) }
  const objects = openS3Objects({ vault: env.VAULT_BUCKET }, settings)
  const told = new Set<string>()
  return async () => {
    const news: string[] = []
    for await (const { key, versionId } of objects.versions('vault')) {
      const id = `${key} ${versionId}`
      if (!told.has(id)) news.push(created(env.VAULT_BUCKET, { key, versionId }))
      told.add(id)
    }
    return news
  }
}

async function take(queue: SqsQueue): Promise<readonly string[]> {
  const bodies: string[] = []
  for (;;) {
    const messages = await queue.receive()
    if (messages.length === 0) return bodies
    for (const message of messages) await queue.remove(message)
    bodies.push(...messages.map(({ body }) => body))
  }
}

/** One sweep, and the work that it asks for. */
export async function sweepOnce(
  stack: TestStack,
  endpoint: string,
  functions: Functions,
  tell: () => Promise<readonly string[]>,
): Promise<void> {
  await functions.sweep({})
  await workOff(stack, endpoint, functions, tell)
}

/** What waits in the queues, and what S3 tells of meanwhile. */
export async function workOff(
  stack: TestStack,
  endpoint: string,
  functions: Functions,
  tell: () => Promise<readonly string[]>,
): Promise<void> {
  await deliver(functions.seal, await take(openSqsQueue(stack.env.SEAL_QUEUE_URL, { endpoint })))
  const verifying = await take(openSqsQueue(stack.env.VERIFY_QUEUE_URL, { endpoint }))
  await deliver(functions.verify, [...(await tell()), ...verifying])
}
