/** The two tables: the catalogue, and the key register, which is all of DynamoDB that SEAL may read. */
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { catalogueTable } from '../shared/platform/aws/catalogueTable.ts'
import type { Flags } from './flags.ts'
import { keep } from './keep.ts'

/** As data, from those who read and write it (shared/platform/aws). */
export interface TableSchema {
  readonly partitionKey: string
  readonly sortKey?: string
  readonly ttlAttribute?: string
  readonly indexes?: readonly { readonly name: string; readonly partitionKey: string; readonly sortKey?: string }[]
}

const REGISTER: TableSchema = { partitionKey: 'id' }

export interface TablesProps {
  readonly flags: Flags
  readonly key: IKey
}

export class Tables extends Construct {
  readonly catalogue: Table
  readonly register: Table

  constructor(scope: Construct, id: string, props: TablesProps) {
    super(scope, id)
    this.catalogue = this.table('CatalogueTable', catalogueTable, props)
    this.register = this.table('KeyTable', REGISTER, props)
  }

  private table(id: string, schema: TableSchema, { key, flags }: TablesProps): Table {
    const table = new Table(this, id, {
      ...keysOf(schema),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: !flags.ephemeral,
      ...(schema.ttlAttribute !== undefined && { timeToLiveAttribute: schema.ttlAttribute }),
    })
    for (const { name, ...keys } of schema.indexes ?? []) {
      table.addGlobalSecondaryIndex({ indexName: name, ...keysOf(keys), projectionType: ProjectionType.KEYS_ONLY })
    }
    keep(table, id, flags)
    return table
  }
}

function keysOf({ partitionKey, sortKey }: Pick<TableSchema, 'partitionKey' | 'sortKey'>) {
  const text = (name: string) => ({ name, type: AttributeType.STRING })
  return { partitionKey: text(partitionKey), ...(sortKey !== undefined && { sortKey: text(sortKey) }) }
}
