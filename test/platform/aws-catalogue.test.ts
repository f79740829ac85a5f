/** The DynamoDB catalogue against the Catalogue contract, on two emulators that others wrote. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe } from 'vitest'
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { catalogueTable } from '../../shared/platform/aws/catalogueTable.ts'
import { startDynamoDbLocal } from '../aws/dynamodb-local.ts'
import type { Emulator } from '../aws/emulator.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { createTable, dropTable } from '../aws/tables.ts'
import { describeCatalogue } from './contract/catalogue.ts'

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

  describeCatalogue(
    name,
    async () => {
      const table = `catalogue-${++tables}`
      await createTable(client, table, catalogueTable)
      const catalogue = openDynamoCatalogue(table)
      return { catalogue, byName: catalogue.byName, close: () => dropTable(client, table) }
    },
    12,
  )
})
