/** The AWS side of one stack's keys on an emulator: KMS keys, the register's table, names of secrets; every one its own. */
import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { KemOrigin } from '../../../shared/platform/aws/keyGeneration.ts'
import type { KeyPlace } from '../../../shared/platform/aws/keyMaking.ts'
import { KEY_TABLE } from '../../../shared/platform/aws/keyTable.ts'
import type { AwsSettings } from '../../../shared/platform/aws/settings.ts'

export interface KeyStack {
  readonly settings: AwsSettings
  readonly place: KeyPlace
  readonly origin: Extract<KemOrigin, { custody: 'seed' }>
  readonly kms: KMSClient
  readonly secrets: SecretsManagerClient
  readonly dynamo: DynamoDBClient
}

/** Every client of ours reads its credentials and the emulator's address here. */
export function useEmulator({ env }: { readonly env: Readonly<Record<string, string>> }): void {
  Object.assign(process.env, env)
}

export async function makeKeyStack(settings: AwsSettings = {}): Promise<KeyStack> {
  const name = `test-${randomBytes(6).toString('hex')}`
  const kms = new KMSClient({})
  const dynamo = new DynamoDBClient({})
  const makeKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  const table = `${name}-keys`
  const [dataKeyArn, seedKeyArn] = await Promise.all([makeKey(), makeKey()])
  await dynamo.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: KEY_TABLE.BillingMode,
      AttributeDefinitions: [...KEY_TABLE.AttributeDefinitions],
      KeySchema: [...KEY_TABLE.KeySchema],
    }),
  )
  const secrets = new SecretsManagerClient({})
  // Without a value, and named by ARN, as the stack makes them.
  const makeEmpty = async (Name: string) => (await secrets.send(new CreateSecretCommand({ Name }))).ARN ?? ''
  const [linkSecret, indexSecret] = await Promise.all([makeEmpty(`${name}/link`), makeEmpty(`${name}/index`)])
  return {
    settings,
    place: { table, dataKeyArn, linkSecret, indexSecret },
    origin: { custody: 'seed', seedPrefix: `${name}/seed`, seedKeyArn },
    ...{ kms, dynamo, secrets },
  }
}
