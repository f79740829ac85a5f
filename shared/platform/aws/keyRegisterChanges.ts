/** What the maker of keys writes to the register. Every write is conditional, so that of two makers at once one decides. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { codeOf, unavailable } from './errors.ts'
import { CURRENT_KEY, type Generation, generationKey } from './keyTable.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

export interface KeyRegisterChanges {
  /** @returns false when the generation has a row already. @throws Unavailable */
  add(generation: Generation): Promise<boolean>
  /** Writes the row of a generation that never sealed: the pointer is still at `from`, or another run decided. @throws Unavailable */
  replaceUnused(generation: Generation, from: number | undefined): Promise<boolean>
  /** Puts these public keys in the place of those pinned. @throws Unavailable */
  pin(generation: Pick<Generation, 'generation' | 'publicKey768' | 'publicKey1024'>): Promise<void>
  /** An active generation seals from now on. @returns false when `from` isn't current any more. @throws Unavailable */
  makeCurrent(from: number | undefined, to: number): Promise<boolean>
  /** @returns false unless the generation is older than the one that seals. @throws Unavailable */
  setState(generation: number, state: Generation['state']): Promise<boolean>
}

const NAMES = { '#generation': 'generation' }
const TRIES = 5
const STATE = { '#state': 'state' }

export function openKeyRegisterChanges(TableName: string, settings: AwsSettings = {}): KeyRegisterChanges {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(settings)), {
    marshallOptions: { removeUndefinedValues: true },
  })
  const keyOf = (generation: number) => ({ TableName, Key: generationKey(generation) })
  const pointer = { TableName, Key: CURRENT_KEY }

  return {
    add(row) {
      const Item = { ...generationKey(row.generation), ...row }
      return held(() =>
        client.send(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(id)' })),
      )
    },

    replaceUnused(row, from) {
      const put = { TableName, Item: { ...generationKey(row.generation), ...row } }
      const isFrom = { ...pointer, ...isAt(from) }
      return held(() =>
        client.send(new TransactWriteCommand({ TransactItems: [{ Put: put }, { ConditionCheck: isFrom }] })),
      )
    },

    async pin({ generation, publicKey768, publicKey1024 }) {
      const pinned = new UpdateCommand({
        ...keyOf(generation),
        UpdateExpression: 'SET publicKey768 = :small, publicKey1024 = :large',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: { ':small': publicKey768, ':large': publicKey1024 },
      })
      await client.send(pinned).catch((error: unknown) => {
        throw unavailable('pinning public keys', error)
      })
    },

    makeCurrent(from, to) {
      const move = {
        ...{
          ...pointer,
          UpdateExpression: 'SET #generation = :to',
          ConditionExpression: isAt(from).ConditionExpression,
        },
        ...{ ExpressionAttributeNames: NAMES },
        ExpressionAttributeValues: { ':to': to, ...(from !== undefined && { ':from': from }) },
      }
      const isActive = {
        ...{ ...keyOf(to), ConditionExpression: '#state = :active' },
        ...{ ExpressionAttributeNames: STATE, ExpressionAttributeValues: { ':active': 'active' } },
      }
      return held(() =>
        client.send(new TransactWriteCommand({ TransactItems: [{ Update: move }, { ConditionCheck: isActive }] })),
      )
    },

    setState(generation, state) {
      const change = {
        ...{ ...keyOf(generation), UpdateExpression: 'SET #state = :state' },
        ...{ ConditionExpression: 'attribute_exists(id)', ExpressionAttributeNames: STATE },
        ExpressionAttributeValues: { ':state': state },
      }
      const isOlder = {
        ...{ ...pointer, ConditionExpression: '#generation > :generation' },
        ...{ ExpressionAttributeNames: NAMES, ExpressionAttributeValues: { ':generation': generation } },
      }
      return held(() =>
        client.send(new TransactWriteCommand({ TransactItems: [{ Update: change }, { ConditionCheck: isOlder }] })),
      )
    },
  }
}

/** Of the pointer. */
function isAt(from: number | undefined) {
  if (from === undefined) return { ConditionExpression: 'attribute_not_exists(id)' }
  return {
    ...{ ConditionExpression: '#generation = :from', ExpressionAttributeNames: NAMES },
    ExpressionAttributeValues: { ':from': from },
  }
}

/** @returns whether the condition held */
async function held(write: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      await write()
      return true
    } catch (error) {
      const reasons = reasonsOf(error)
      if (reasons.includes('ConditionalCheckFailed')) return false
      // Two transactions on one row at the same time: nothing was decided.
      if (!reasons.includes('TransactionConflict') || tries === TRIES)
        throw unavailable('writing the key register', error)
      await sleep(Math.random() * 50 * 2 ** tries)
    }
  }
}

function reasonsOf(error: unknown): readonly string[] {
  if (codeOf(error) === 'ConditionalCheckFailedException') return ['ConditionalCheckFailed']
  if (!(error instanceof TransactionCanceledException)) return []
  return (error.CancellationReasons ?? []).flatMap(({ Code }) => Code ?? [])
}
