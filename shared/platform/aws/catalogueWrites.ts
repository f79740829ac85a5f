/** Conditional writes as the catalogue says them, spelled as DynamoDB takes them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from './catalogueItems.ts'
import type { Key } from './catalogueKeys.ts'

/** In expressions every attribute is written `#attribute`, so that none meets a reserved word, and every value `:value`. */
interface Condition {
  readonly when?: string
  readonly values?: Item
}
export type Put = Condition & { readonly put: Item }
export type Update = Condition & { readonly update: Key; readonly set: string }
type Remove = Condition & { readonly remove: Key }
type Check = Condition & { readonly check: Key; readonly when: string }
export type Write = Put | Update | Remove | Check

/** A write whose condition didn't hold, and the item as it stood then. */
export interface Refused {
  readonly item: Item | undefined
}

export function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [placeholder, name]))
}

function conditionOf(TableName: string, { when, values }: Condition, set = '') {
  const names = namesIn(`${when ?? ''} ${set}`)
  return {
    TableName,
    ...(when !== undefined && { ConditionExpression: when }),
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(values && { ExpressionAttributeValues: values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  }
}

export function putOf(table: string, write: Put) {
  return { Item: write.put, ...conditionOf(table, write) }
}

export function updateOf(table: string, write: Update) {
  return { Key: write.update, UpdateExpression: `SET ${write.set}`, ...conditionOf(table, write, write.set) }
}

/** As one of a transaction. */
export function memberOf(table: string, write: Write) {
  if ('put' in write) return { Put: putOf(table, write) }
  if ('update' in write) return { Update: updateOf(table, write) }
  if ('remove' in write) return { Delete: { Key: write.remove, ...conditionOf(table, write) } }
  return { ConditionCheck: { Key: write.check, ...conditionOf(table, write), ConditionExpression: write.when } }
}

/** The document client turns answers into plain values, not errors. */
export function plainItem(item: Readonly<Record<string, AttributeValue>> | undefined): Item | undefined {
  return item && Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]))
}

/** Of the kinds of value that the catalogue writes; another kind is undefined, which no row may be. */
function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.BOOL !== undefined) return value.BOOL
  if (value.L !== undefined) return value.L.map(plain)
  return value.M === undefined ? undefined : plainItem(value.M)
}
