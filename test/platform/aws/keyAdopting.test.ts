/** Keys in two regions of MiniStack: made in one, replicated, adopted in the other, and what was sealed in either opens in both. */
import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateKeyCommand, KMSClient, ReplicateKeyCommand } from '@aws-sdk/client-kms'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hex } from '../../../shared/keys/encoding.ts'
import { adoptKeys, rotateElsewhere } from '../../../shared/platform/aws/keyAdopting.ts'
import type { KemOrigin } from '../../../shared/platform/aws/keyGeneration.ts'
import { initKeys, type KeyPlace, rotateKeys } from '../../../shared/platform/aws/keyMaking.ts'
import { openKeyRegister } from '../../../shared/platform/aws/keyRegister.ts'
import { listKeys } from '../../../shared/platform/aws/keyRetiring.ts'
import { inRegion, openKmsKeyService } from '../../../shared/platform/aws/keyService.ts'
import { KEY_TABLE } from '../../../shared/platform/aws/keyTable.ts'
import { openIndexKey } from '../../../shared/platform/aws/secrets.ts'
import { openSecretStore } from '../../../shared/platform/aws/secretValue.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { AuthenticationFailed } from '../../../shared/platform/ports.ts'
import type { Emulator } from '../../aws/emulator.ts'
import { startMiniStack } from '../../aws/ministack.ts'
import { useEmulator } from './keyStack.ts'

const [HOME, THERE] = ['us-east-1', 'eu-west-1'] as const
type Region = typeof HOME | typeof THERE

let emulator: Emulator
let name: string
let places: Readonly<Record<Region, KeyPlace>>
let seedKeyArn: string
beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
})
afterAll(() => emulator[Symbol.asyncDispose]())

const ports = (region: Region) => ({ primitives, settings: { region, maxAttempts: 1 } })
const origin = (replicaRegion?: string): KemOrigin => ({
  custody: 'seed',
  ...{ seedPrefix: `${name}/seeds`, seedKeyArn, replicaRegion },
})
const adopt = () => adoptKeys(places[THERE], `${name}/seeds`, ports(THERE))
const seedThere = (generation: number) => openSecretStore({ region: THERE }).read(`${name}/seeds/${generation}`)

async function makeTable(region: Region): Promise<string> {
  await new DynamoDBClient({ region }).send(
    new CreateTableCommand({
      TableName: `${name}-keys`,
      BillingMode: KEY_TABLE.BillingMode,
      AttributeDefinitions: [...KEY_TABLE.AttributeDefinitions],
      KeySchema: [...KEY_TABLE.KeySchema],
    }),
  )
  return `${name}-keys`
}

/** Under the same id in both regions. */
async function makeKey(): Promise<string> {
  const kms = new KMSClient({ region: HOME })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }))
  const arn = KeyMetadata?.Arn ?? ''
  await kms.send(new ReplicateKeyCommand({ KeyId: arn, ReplicaRegion: THERE }))
  return arn
}

beforeEach(async () => {
  name = `test-${randomBytes(6).toString('hex')}`
  const dataKeyArn = await makeKey()
  seedKeyArn = await makeKey()
  const secrets = new SecretsManagerClient({ region: HOME })
  for (const Name of [`${name}/link`, `${name}/index`]) {
    await secrets.send(new CreateSecretCommand({ Name }))
    await secrets.send(new ReplicateSecretToRegionsCommand({ SecretId: Name, AddReplicaRegions: [{ Region: THERE }] }))
  }
  const named = { linkSecret: `${name}/link`, indexSecret: `${name}/index` }
  places = {
    [HOME]: { ...named, table: await makeTable(HOME), dataKeyArn },
    [THERE]: { ...named, table: await makeTable(THERE), dataKeyArn: inRegion(dataKeyArn, THERE) },
  }
})

test('seeds are in the other region before they seal, under the replica of the seed key', async () => {
  await initKeys(places[HOME], origin(THERE), ports(HOME))
  await rotateKeys(places[HOME], origin(THERE), ports(HOME))
  for (const generation of [1, 2]) {
    expect(await seedThere(generation)).toHaveLength(64)
    const described = await new SecretsManagerClient({ region: THERE }).send(
      new DescribeSecretCommand({ SecretId: `${name}/seeds/${generation}` }),
    )
    expect(described).toMatchObject({ KmsKeyId: inRegion(seedKeyArn, THERE), PrimaryRegion: HOME })
  }
})

test('what was made elsewhere is adopted generation by generation, and again after each rotation', async () => {
  const first = await initKeys(places[HOME], origin(THERE), ports(HOME))
  expect(await adopt()).toEqual({ ...first, made: true, adopted: true })
  expect(await adopt()).toMatchObject({ generation: 1, made: false })
  await rotateKeys(places[HOME], origin(THERE), ports(HOME))
  const third = await rotateKeys(places[HOME], origin(THERE), ports(HOME))
  expect(await adopt()).toEqual({ ...third, made: true, adopted: true })
  const [here, there] = await Promise.all([
    listKeys(places[HOME], { region: HOME }),
    listKeys(places[THERE], { region: THERE }),
  ])
  const ids = (list: typeof here) => list?.generations.map(({ keyId, generation }) => [generation, keyId])
  expect(ids(there)).toEqual(ids(here))
  expect(there?.linkKids).toEqual(here?.linkKids)
  const index = (region: Region) => openIndexKey(`${name}/index`, { region }).indexKey()
  expect(await index(THERE)).toEqual(await index(HOME))
})

test('at once by four adopts the same', async () => {
  await initKeys(places[HOME], origin(THERE), ports(HOME))
  const { keyId } = await rotateKeys(places[HOME], origin(THERE), ports(HOME))
  const adopted = await Promise.all([1, 2, 3, 4].map(adopt))
  expect(new Set(adopted.map((one) => one.keyId))).toEqual(new Set([keyId]))
})

test('makes no key while none has arrived, nor by rotating', async () => {
  await expect(adopt()).rejects.toThrow(/no seed has arrived/)
  await expect(rotateElsewhere()).rejects.toThrow(/stands by/)
  expect((await openKeyRegister(places[THERE].table, { region: THERE }).readNow()).generations).toEqual([])
  expect(await seedThere(1)).toBeUndefined()
})

test('waits for the link and index secrets, and publishes nothing before', async () => {
  await initKeys(places[HOME], origin(THERE), ports(HOME))
  const lost = { ...places[THERE], indexSecret: `${name}/lost` }
  await expect(adoptKeys(lost, `${name}/seeds`, ports(THERE))).rejects.toThrow(/has not arrived/)
  expect((await openKeyRegister(lost.table, { region: THERE }).readNow()).current).toBeUndefined()
  expect(await adopt()).toMatchObject({ generation: 1, made: true })
})

test('a stack that began in one region has all its seeds replicated by the next init', async () => {
  await initKeys(places[HOME], origin(), ports(HOME))
  await rotateKeys(places[HOME], origin(), ports(HOME))
  expect(await seedThere(1)).toBeUndefined()
  expect(await initKeys(places[HOME], origin(THERE), ports(HOME))).toMatchObject({ made: false, generation: 2 })
  for (const generation of [1, 2]) expect(await seedThere(generation)).toHaveLength(64)
  expect(await initKeys(places[HOME], origin(THERE), ports(HOME))).toMatchObject({ made: false })
})

test('a replica takes no value, so nothing here can part from the primary', async () => {
  await initKeys(places[HOME], origin(THERE), ports(HOME))
  const secrets = new SecretsManagerClient({ region: THERE })
  for (const SecretId of [`${name}/index`, `${name}/seeds/1`]) {
    const put = new PutSecretValueCommand({ SecretId, SecretBinary: randomBytes(64) })
    await expect(secrets.send(put)).rejects.toThrow(/replica/)
    const again = new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: 'eu-north-1' }] })
    await expect(secrets.send(again)).rejects.toThrow()
  }
})

test('a data key of one region is unwrapped in the other, and by nobody whom the other region was not named to', async () => {
  const context = { stack: '0123456789abcdef' }
  const serviceIn = (region: Region, otherRegion?: Region) =>
    openKmsKeyService({ keyArn: places[region].dataKeyArn, allowed: async () => [], otherRegion }, { region })
  for (const [made, asked] of [
    [HOME, THERE],
    [THERE, HOME],
  ] as const) {
    const { keyId, plaintext, blob } = await serviceIn(made).generateDataKey(context)
    const service = serviceIn(asked, made)
    expect(await service.allowed()).toContain(keyId)
    const opened = await service.decrypt(keyId, blob, context)
    expect([opened.keyId, hex(opened.plaintext)]).toEqual([keyId, hex(plaintext)])
    await expect(serviceIn(asked).decrypt(keyId, blob, context)).rejects.toThrow(AuthenticationFailed)
  }
})

test('only multi-region keys are the same elsewhere', () => {
  const single = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000001'
  expect(inRegion(single, THERE)).toBe(single)
  const multi = 'arn:aws:kms:us-east-1:000000000000:key/mrk-0123456789abcdef'
  expect(inRegion(multi, THERE)).toBe(multi.replace(HOME, THERE))
})
