/** The DynamoDB catalogue when AWS is busy, broken, forbids, loses an answer, or holds what we never wrote. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { accessKey, linkKey, objectKey, sourceKey } from '../../shared/platform/aws/catalogueKeys.ts'
import { ACCESS_DAYS, catalogueTable } from '../../shared/platform/aws/catalogueTable.ts'
import type { AwsSettings } from '../../shared/platform/aws/settings.ts'
import { type Catalogue, Unavailable } from '../../shared/platform/ports.ts'
import { startDynamoDbLocal } from '../aws/dynamodb-local.ts'
import type { Emulator } from '../aws/emulator.ts'
import { type Asked, type Fate, startFaultProxy } from '../aws/faults/proxy.ts'
import { createTable } from '../aws/tables.ts'
import { accessEvent, digestOf, idOf, linkRow, objectRow } from './contract/catalogueRows.ts'

const CONFLICT: Fate = {
  status: 400,
  error: 'TransactionCanceledException',
  more: { CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }] },
}
const DAMAGED = /^the catalogue is damaged: /

let emulator: Emulator
let client: DynamoDBDocumentClient
let tables = 0
let table: string
let catalogue: Catalogue

beforeAll(async () => {
  emulator = await startDynamoDbLocal()
  Object.assign(process.env, emulator.env)
  client = DynamoDBDocumentClient.from(new DynamoDBClient())
})
afterAll(() => emulator[Symbol.asyncDispose]())
beforeEach(async () => {
  table = `catalogue-${++tables}`
  await createTable(client, table, catalogueTable)
  catalogue = openDynamoCatalogue(table)
  await catalogue.commit(objectRow(1))
  await catalogue.addLink(linkRow(1))
})

async function whileRefusing<T>(
  refuse: (operation: string, n: number) => Fate | undefined,
  work: (catalogue: Catalogue) => Promise<T>,
  settings: AwsSettings = {},
): Promise<T> {
  const fateOf = ({ at, call }: Asked) => refuse(call.replace('dynamodb.', ''), at) ?? 'pass'
  await using proxy = await startFaultProxy(emulator.endpoint, fateOf)
  return await work(openDynamoCatalogue(table, { endpoint: proxy.endpoint, maxAttempts: 2, ...settings }))
}

describe('an answer that is lost', () => {
  const losing = async <T>(operation: string, work: (catalogue: Catalogue) => Promise<T>): Promise<T> => {
    let lost = 0
    await using proxy = await startFaultProxy(emulator.endpoint, ({ call }) => {
      return lost === 0 && call === `dynamodb.${operation}` && ++lost ? 'after' : 'pass'
    })
    const result = await work(openDynamoCatalogue(table, { endpoint: proxy.endpoint }))
    expect(lost).toBe(1)
    return result
  }

  test('spends one use and writes one event', async () => {
    const result = await losing('TransactWriteItems', (lossy) => lossy.spend(idOf(1), 1500, accessEvent(1)))
    expect(result).toEqual({ outcome: 'spent' })
    expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(2)
    expect(await catalogue.accesses()).toEqual([accessEvent(1)])
  })

  test('of a commit, of a link and of a moved envelope is still "yes"', async () => {
    expect(await losing('TransactWriteItems', (lossy) => lossy.commit(objectRow(2)))).toEqual({ winner: idOf(2) })
    expect(await losing('TransactWriteItems', (lossy) => lossy.addLink(linkRow(2)))).toBe(true)
    expect(await losing('TransactWriteItems', (lossy) => lossy.moveEnvelope(idOf(1), idOf(1), 0, 1))).toBe(true)
  })

  test('of an event leaves one event', async () => {
    await losing('PutItem', (lossy) => lossy.record(accessEvent(1)))
    expect(await catalogue.accesses()).toEqual([accessEvent(1)])
  })
})

describe('transactions that meet', () => {
  test('are tried again until they are through', async () => {
    const result = await whileRefusing(
      (_operation, n) => (n <= 3 ? CONFLICT : undefined),
      (busy) => busy.spend(idOf(1), 1500, accessEvent(1)),
    )
    expect(result).toEqual({ outcome: 'spent' })
    expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(2)
  })

  test('for ever are an error that says so, and spend nothing', async () => {
    const spending = whileRefusing(
      (operation) => (operation === 'TransactWriteItems' ? CONFLICT : undefined),
      (busy) => busy.spend(idOf(1), 1500, accessEvent(1)),
    )
    await expect(spending).rejects.toThrow(/too much is written to the same rows at once/)
    expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(3)
    expect(await catalogue.accesses()).toEqual([])
  })
})

describe('what is no answer is Unavailable, and says what to do', () => {
  const refusals: readonly (readonly [Fate, RegExp])[] = [
    [{ status: 400, error: 'ThrottlingException' }, /throttles it/],
    [{ status: 400, error: 'ProvisionedThroughputExceededException' }, /throttles it/],
    [{ status: 500, error: 'InternalServerError' }, /did not answer/],
    [{ status: 503, error: 'ServiceUnavailable' }, /did not answer/],
    [{ status: 400, error: 'AccessDeniedException' }, /look at the policy/],
    [{ status: 400, error: 'ExpiredTokenException' }, /sign in again/],
    ['silence', /did not answer/],
  ]
  test.each(refusals)('%j', async (refusal, advice) => {
    const calls: readonly ((refused: Catalogue) => Promise<unknown>)[] = [
      (refused) => refused.link(idOf(1)),
      (refused) => refused.spend(idOf(1), 1500, accessEvent(1)),
      (refused) => refused.record(accessEvent(1)),
      (refused) => refused.objects(),
    ]
    for (const call of calls) {
      // Who is silent is waited for; a busy machine may take long to refuse.
      const requestTimeoutMs = refusal === 'silence' ? 150 : 15_000
      const answer = whileRefusing(() => refusal, call, { requestTimeoutMs })
      await expect(answer).rejects.toThrow(Unavailable)
      await expect(answer).rejects.toThrow(advice)
    }
    expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(3)
  })

  test('a table that is missing, and nobody at all', async () => {
    await expect(openDynamoCatalogue('another').object(idOf(1))).rejects.toThrow(/the catalogue: it isn't there/)
    const nobody = openDynamoCatalogue(table, { endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
    await expect(nobody.object(idOf(1))).rejects.toThrow(Unavailable)
  })
})

describe('items that we never wrote', () => {
  const put = (item: object) => client.send(new PutCommand({ TableName: table, Item: item }))
  const set = (key: object, name: string, value: unknown) =>
    client.send(
      new UpdateCommand({
        ...{ TableName: table, Key: key, UpdateExpression: 'SET #name = :value' },
        ...{ ExpressionAttributeNames: { '#name': name }, ExpressionAttributeValues: { ':value': value } },
      }),
    )

  test.each([
    ['usesLeft', 'three'],
    ['usesLeft', -1],
    ['expires', 2n ** 70n],
    ['objectId', 'x'],
    ['linkId', idOf(2)],
    ['revoked', 'no'],
  ])('a link whose %s is %s opens nothing', async (name, value) => {
    await set(linkKey(idOf(1)), name, value)
    await expect(catalogue.link(idOf(1))).rejects.toThrow(DAMAGED)
    await expect(catalogue.links()).rejects.toThrow(DAMAGED)
  })

  test('a link that is damaged where it is spent is told, and changes nothing', async () => {
    await set(linkKey(idOf(1)), 'usesLeft', 'three')
    await expect(catalogue.spend(idOf(1), 1500, accessEvent(1))).rejects.toThrow(DAMAGED)
    expect(await catalogue.accesses()).toEqual([])
  })

  test('an object in another one’s place is not that one', async () => {
    await set(objectKey(idOf(1)), 'id', idOf(2))
    await expect(catalogue.object(idOf(1))).rejects.toThrow(DAMAGED)
    await expect(catalogue.objects()).rejects.toThrow(DAMAGED)
    await expect(Array.fromAsync(catalogue.every())).rejects.toThrow(DAMAGED)
  })

  test('a source that leads nowhere wins nothing', async () => {
    await put({ ...sourceKey(digestOf(9)), id: 'x' })
    await expect(catalogue.bySource(digestOf(9))).rejects.toThrow(DAMAGED)
    await expect(catalogue.commit(objectRow(3, { source: digestOf(9) }))).rejects.toThrow(DAMAGED)
    await set(sourceKey(objectRow(1).source), 'id', idOf(2))
    await expect(catalogue.forget(idOf(1))).rejects.toThrow(DAMAGED)
    expect(await catalogue.object(idOf(1))).toEqual(objectRow(1))
  })
})

test('an object of more links than a transaction holds is forgotten, and a killed attempt goes on', async () => {
  const numbers = Array.from({ length: 120 }, (_, n) => n + 1)
  for (let n = 2; n <= 120; n += 20) {
    await Promise.all(numbers.slice(n - 1, n + 19).map((number) => catalogue.addLink(linkRow(number))))
  }
  let updates = 0
  const killed = whileRefusing(
    (operation) => {
      if (operation === 'UpdateItem') updates++
      return updates > 50 ? { status: 500, error: 'InternalServerError' } : undefined
    },
    (dying) => dying.forget(idOf(1)),
  )
  await expect(killed).rejects.toThrow(Unavailable)
  expect(await catalogue.object(idOf(1))).toBeUndefined()
  expect(await catalogue.addLink(linkRow(500))).toBe(false)
  const open = async () => (await catalogue.links({ objectId: idOf(1), limit: 200 })).filter((link) => !link.revoked)
  expect((await open()).length).toBeGreaterThan(0)
  await catalogue.forget(idOf(1))
  expect(await open()).toEqual([])
})

test('an object is forgotten for a while, and made again only with its links revoked', async () => {
  const killed = whileRefusing(
    (operation) => (operation === 'UpdateItem' ? { status: 500, error: 'InternalServerError' } : undefined),
    (dying) => dying.forget(idOf(1), { again: true }),
  )
  await expect(killed).rejects.toThrow(Unavailable)
  expect((await catalogue.link(idOf(1)))?.revoked).toBe(false)
  expect(await catalogue.commit(objectRow(1))).toEqual({ winner: idOf(1) })
  expect((await catalogue.link(idOf(1)))?.revoked).toBe(true)
})

test('an event is cleaned after its time, with a user agent of 512 characters at most', async () => {
  await catalogue.record(accessEvent(1, { userAgent: 'x'.repeat(100_000) }))
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: accessKey(accessEvent(1).id) }))
  expect(Item?.cleanAfter).toBe(1_800_000_000 + ACCESS_DAYS * 86_400)
  expect(Item?.userAgent).toHaveLength(512)
})
