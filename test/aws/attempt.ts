// A package that does what it is asked, under whichever role it was deployed with: to see what each role is refused.
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

export type Attempt =
  | { readonly call: 'get' | 'put' | 'erase'; readonly bucket: string; readonly key: string; readonly version?: string }
  | { readonly call: 'generate-data-key'; readonly key: string }
  | { readonly call: 'decrypt'; readonly key: string; readonly blob: string }
  | { readonly call: 'scan'; readonly table: string }
  | { readonly call: RowCall; readonly table: string; readonly row: Row }
  | { readonly call: 'transact'; readonly table: string; readonly members: readonly (readonly [RowCall, Row])[] }
  | { readonly call: 'read-secret' | 'make-secret'; readonly secret: string }
  | { readonly call: 'send'; readonly queue: string }
  | { readonly call: 'list' | 'list-versions'; readonly bucket: string }
  | { readonly call: 'invoke'; readonly function: string }

/** `check-row` is a transaction, alone or as a member of one. */
export type RowCall = 'read-row' | 'write-row' | 'update-row' | 'delete-row' | 'check-row'
type Row = Readonly<Record<string, string>>

export type Outcome = 'done' | 'refused' | `failed: ${string}`

const REFUSED = /AccessDenied|AuthorizationError|not authorized|^403$/i

export async function handler(attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const attempt of attempts) outcomes.push(await outcomeOf(attempt))
  return outcomes
}

async function outcomeOf(attempt: Attempt): Promise<Outcome> {
  try {
    await make(attempt)
    return 'done'
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    const message = error instanceof Error ? error.message : ''
    return REFUSED.test(name) || REFUSED.test(message) ? 'refused' : `failed: ${name}`
  }
}

async function make(attempt: Attempt): Promise<unknown> {
  switch (attempt.call) {
    case 'get':
    case 'put':
    case 'erase':
      return onObject(attempt)
    case 'generate-data-key': {
      const command = new GenerateDataKeyCommand({ KeyId: attempt.key, KeySpec: 'AES_256' })
      return new KMSClient().send(command)
    }
    case 'decrypt': {
      const command = new DecryptCommand({ KeyId: attempt.key, CiphertextBlob: Buffer.from(attempt.blob, 'base64') })
      return new KMSClient().send(command)
    }
    case 'scan':
      return new DynamoDBClient().send(new ScanCommand({ TableName: attempt.table }))
    case 'read-row':
    case 'write-row':
    case 'update-row':
    case 'delete-row':
    case 'check-row':
      return onRow(attempt.call, attempt.table, itemOf(attempt.row))
    case 'transact': {
      const TransactItems = attempt.members.map(([call, row]) => memberOf(call, attempt.table, itemOf(row)))
      return new DynamoDBClient().send(new TransactWriteItemsCommand({ TransactItems }))
    }
    case 'read-secret':
      return new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: attempt.secret }))
    case 'make-secret': {
      const command = new CreateSecretCommand({ Name: attempt.secret, SecretString: 'made' })
      return new SecretsManagerClient().send(command)
    }
    case 'send':
      return new SQSClient().send(new SendMessageCommand({ QueueUrl: attempt.queue, MessageBody: '{}' }))
    case 'list':
      return new S3Client({ forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket: attempt.bucket }))
    case 'list-versions':
      return new S3Client({ forcePathStyle: true }).send(new ListObjectVersionsCommand({ Bucket: attempt.bucket }))
    case 'invoke':
      // Of one with this package: it attempts nothing.
      return new LambdaClient().send(new InvokeCommand({ FunctionName: attempt.function, Payload: '[]' }))
  }
}

function onObject({ call, bucket: Bucket, key: Key, version: VersionId }: Attempt & { call: 'get' | 'put' | 'erase' }) {
  const s3 = new S3Client({ forcePathStyle: true })
  if (call === 'get') return s3.send(new GetObjectCommand({ Bucket, Key }))
  if (call === 'put') return s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfNoneMatch: '*' }))
  return s3.send(new DeleteObjectCommand({ Bucket, Key, ...(VersionId !== undefined && { VersionId }) }))
}

function itemOf(row: Row): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(row).map(([name, S]) => [name, { S }]))
}

const TOUCH = { UpdateExpression: 'SET touched = :now', ExpressionAttributeValues: { ':now': { S: 'now' } } }

function onRow(call: RowCall, TableName: string, row: Record<string, AttributeValue>): Promise<unknown> {
  const db = new DynamoDBClient()
  switch (call) {
    case 'read-row':
      return db.send(new GetItemCommand({ TableName, Key: row }))
    case 'write-row':
      return db.send(new PutItemCommand({ TableName, Item: row }))
    case 'update-row':
      return db.send(new UpdateItemCommand({ TableName, Key: row, ...TOUCH }))
    case 'delete-row':
      return db.send(new DeleteItemCommand({ TableName, Key: row }))
    case 'check-row':
      return db.send(new TransactWriteItemsCommand({ TransactItems: [memberOf(call, TableName, row)] }))
  }
}

function memberOf(call: RowCall, TableName: string, row: Record<string, AttributeValue>): TransactWriteItem {
  switch (call) {
    case 'write-row':
      return { Put: { TableName, Item: row } }
    case 'update-row':
      return { Update: { TableName, Key: row, ...TOUCH } }
    case 'delete-row':
      return { Delete: { TableName, Key: row } }
    case 'check-row':
      return { ConditionCheck: { TableName, Key: row, ConditionExpression: 'attribute_not_exists(absent)' } }
    case 'read-row':
      throw new TypeError('a transaction that writes reads nothing')
  }
}
