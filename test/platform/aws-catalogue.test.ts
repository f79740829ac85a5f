/** The DynamoDB catalogue against the Catalogue contract, on two emulators that others wrote. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { catalogueTable } from '../../shared/platform/aws/catalogueTable.ts'
import { startDynamoDbLocal } from '../aws/dynamodb-local.ts'
import type { Emulator } from '../aws/emulator.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { createTable, dropTable } from '../aws/tables.ts'
import { describeCatalogue } from './contract/catalogue.ts'
import { accessEvent, digestOf, idOf, linkRow, objectRow } from './contract/catalogueRows.ts'

const twenty = Array.from({ length: 20 }, (_, n) => n + 1)

describe.each([
  ['DynamoDB Local', startDynamoDbLocal],
  ['MiniStack', startMiniStack],
])('on %s', (name, start) => {
  let emulator: Emulator
  let client: DynamoDBClient
  let tables = 0
  beforeAll(async () => {
    emulator = await start()
    Object.assign(process.env, emulator.env)
    client = new DynamoDBClient()
  })
  afterAll(() => emulator[Symbol.asyncDispose]())

  async function freshTable(): Promise<string> {
    const table = `catalogue-${++tables}`
    await createTable(client, table, catalogueTable)
    return table
  }

  describeCatalogue(
    name,
    async () => {
      const table = await freshTable()
      const catalogue = openDynamoCatalogue(table)
      return { catalogue, byName: catalogue.byName, close: () => dropTable(client, table) }
    },
    6,
  )

  test('one use of a link that twenty want is spent once', async () => {
    const catalogue = openDynamoCatalogue(await freshTable())
    await catalogue.commit(objectRow(1))
    await catalogue.addLink(linkRow(1, { uses: 1, usesLeft: 1 }))
    const spends = await Promise.all(twenty.map((n) => catalogue.spend(idOf(1), 1500, accessEvent(n))))
    const outcomes = spends.map(({ outcome }) => outcome).sort()
    expect(outcomes).toEqual(['spent', ...Array.from({ length: 19 }, () => 'used-up')])
    expect(await catalogue.accesses()).toHaveLength(1)
  })

  test('a source that twenty commit is one object of the name, whoever asks', async () => {
    const catalogue = openDynamoCatalogue(await freshTable())
    const [source, name] = [digestOf(7), digestOf(8)]
    const answers = await Promise.all(twenty.map((n) => catalogue.commit(objectRow(n, { source, name }))))
    const [winner] = answers.map((answer) => answer.winner)
    expect(answers).toEqual(twenty.map(() => ({ winner })))
    expect((await Array.fromAsync(catalogue.every())).map(({ id }) => id)).toEqual([winner])
    expect(await catalogue.byName(name)).toBe(winner)
  })
})
