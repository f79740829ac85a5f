/** A DynamoDB table as infra would make it, in an emulator. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import type { TableSchema } from '../../shared/platform/aws/catalogueTable.ts'

export async function createTable(client: DynamoDBClient, table: string, schema: TableSchema): Promise<void> {
  const keys = [schema, ...schema.indexes]
  const names = new Set(keys.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]))
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...names].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: keySchema(schema),
      GlobalSecondaryIndexes: schema.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  )
  const TimeToLiveSpecification = { AttributeName: schema.ttlAttribute, Enabled: true }
  await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }))
}

export async function dropTable(client: DynamoDBClient, table: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName: table }))
}

function keySchema({ partitionKey, sortKey }: Pick<TableSchema, 'partitionKey' | 'sortKey'>) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ]
}
