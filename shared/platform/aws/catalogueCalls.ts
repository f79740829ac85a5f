/** DynamoDB as the catalogue calls it: consistent reads, conditional writes that tell what stood in their way, and transactions. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import type { Item } from './catalogueItems.ts'
import type { Key } from './catalogueKeys.ts'
import {
  memberOf,
  namesIn,
  type Put,
  plainItem,
  putOf,
  type Refused,
  type Update,
  updateOf,
  type Write,
} from './catalogueWrites.ts'
import { unavailableAtBorder } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

export interface Range {
  readonly partition: string
  /** An index, whose reads may lag; absent for the table itself, which is read consistently. */
  readonly index?: { readonly name: string; readonly partitionKey: string; readonly sortKey: string }
  readonly before?: string | undefined
  readonly prefix?: string | undefined
  /** Of the item behind which it goes on, which need not be there any more. Of the table itself alone. */
  readonly behind?: string | undefined
  readonly newestFirst?: boolean
  /** Items a call. */
  readonly limit?: number
}

/** All of them @throws Unavailable */
export interface CatalogueCalls {
  /** Consistent. */
  get(key: Key): Promise<Item | undefined>
  /** Page after page, as they are asked for. */
  query(range: Range): AsyncGenerator<readonly Item[], void, undefined>
  /** One write by itself, which a retry may send twice. @returns undefined when it was done */
  write(write: Put | Update): Promise<Refused | undefined>
  /** All or nothing, and once, however often it is sent. @returns undefined when it was done, else what was refused, by position */
  transact(writes: readonly Write[]): Promise<readonly (Refused | undefined)[] | undefined>
}

/** Of two transactions that touch one item at once the second is cancelled; it is tried again. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])
const TRIES = 12
const FIRST_WAIT_MS = 20
const LONGEST_WAIT_MS = 1_000

export function openCalls(table: string, settings: AwsSettings): CatalogueCalls {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(settings)), {
    marshallOptions: { removeUndefinedValues: true },
    // What is no safe integer is refused where items are parsed.
    unmarshallOptions: { wrapNumbers: Number },
  })

  return {
    async get(key) {
      const get = new GetCommand({ TableName: table, Key: key, ConsistentRead: true })
      return (await patiently(() => client.send(get))).Item
    },

    async *query({ partition, index, before, prefix, behind, newestFirst = false, limit }) {
      const { partitionKey, sortKey } = index ?? { partitionKey: 'pk', sortKey: 'sk' }
      const terms = [`#${partitionKey} = :partition`]
      if (before !== undefined) terms.push(`#${sortKey} < :before`)
      if (prefix !== undefined) terms.push(`begins_with(#${sortKey}, :prefix)`)
      const KeyConditionExpression = terms.join(' AND ')
      for (let start: Item | undefined = behind === undefined ? undefined : { pk: partition, sk: behind }; ; ) {
        const query = new QueryCommand({
          ...{ TableName: table, KeyConditionExpression, ScanIndexForward: !newestFirst, Limit: limit },
          ...(index ? { IndexName: index.name } : { ConsistentRead: true }),
          ExpressionAttributeNames: namesIn(KeyConditionExpression),
          ExpressionAttributeValues: { ':partition': partition, ':before': before, ':prefix': prefix },
          ExclusiveStartKey: start,
        })
        const { Items = [], LastEvaluatedKey } = await patiently(() => client.send(query))
        yield Items
        if (LastEvaluatedKey === undefined) return
        start = LastEvaluatedKey
      }
    },

    write: (write) =>
      patiently(async () => {
        try {
          if ('put' in write) await client.send(new PutCommand(putOf(table, write)))
          else await client.send(new UpdateCommand(updateOf(table, write)))
          return undefined
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return { item: plainItem(error.Item) }
          throw error
        }
      }),

    transact: (writes) =>
      patiently(async () => {
        const TransactItems = writes.map((write) => memberOf(table, write))
        try {
          // One token for all that the SDK sends of this: an answer that got lost doesn't write twice.
          await client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: randomUUID() }))
          return undefined
        } catch (error) {
          const reasons = reasonsOf(error)
          if (reasons.length === 0 || !reasons.every(isAboutCondition)) throw error
          return reasons.map(({ Code, Item }) => (Code === 'None' ? undefined : { item: plainItem(Item) }))
        }
      }),
  }
}

function reasonsOf(error: unknown): readonly CancellationReason[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : []
}

function isAboutCondition({ Code }: CancellationReason): boolean {
  return Code === 'None' || Code === 'ConditionalCheckFailed'
}

function isPassing(error: unknown): boolean {
  if (error instanceof Error && error.name === 'TransactionConflictException') return true
  return reasonsOf(error).some(({ Code = '' }) => PASSING.has(Code))
}

/** Waits longer and longer, by chance, so that writers who met don't meet again. The SDK retries the rest. @throws Unavailable */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!isPassing(error) || tries === TRIES) throw unavailableAtBorder('the catalogue', error)
      await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries))
    }
  }
}
