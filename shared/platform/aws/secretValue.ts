/** Reading and first writing of one secret in Secrets Manager: what the seeds, the link keys and the index key are. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { Unavailable } from '../ports.ts'
import { codeOf, onAws, unavailable } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

export interface SecretStore {
  /** Undefined when there is no such secret, or none was ever put in it. @throws Unavailable, also while it waits to be deleted */
  read(name: string): Promise<Uint8Array | undefined>
  /** Makes the secret; one that is there stays as it is. Of two at once, one decides. @throws Unavailable */
  make(name: string, value: Uint8Array, kmsKeyArn: string): Promise<void>
  /** Gives a secret that the stack made without a value its first one; a value that is there stays. @throws Unavailable */
  fill(name: string, value: Uint8Array): Promise<void>
  /** A new version, under a token that names it: whoever comes second with another value changes nothing. @throws Unavailable */
  next(name: string, value: Uint8Array, token: string): Promise<void>
  /** Has it replicated to that region, under that key there; where it is already, nothing changes. @throws Unavailable */
  replicate(name: string, region: string, kmsKeyArn: string): Promise<void>
}

const EXISTS = 'ResourceExistsException'

export function openSecretStore(settings: AwsSettings = {}): SecretStore {
  const client = new SecretsManagerClient(clientConfig(settings))

  async function next(name: string, value: Uint8Array, token: string): Promise<void> {
    const command = new PutSecretValueCommand({ SecretId: name, SecretBinary: value, ClientRequestToken: token })
    await client.send(command).catch((error: unknown) => {
      if (codeOf(error) !== EXISTS) throw unavailable(`writing the secret ${name}`, error)
    })
  }

  async function read(name: string): Promise<Uint8Array | undefined> {
    try {
      const { SecretBinary, SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }))
      // An emulator gives a secret that CloudFormation made without a value an empty one.
      return SecretBinary ?? (SecretString === undefined || SecretString === '' ? undefined : Buffer.from(SecretString))
    } catch (error) {
      if (codeOf(error) === 'ResourceNotFoundException') return undefined
      throw unavailable(`reading the secret ${name}`, error)
    }
  }

  return {
    read,

    async make(name, value, kmsKeyArn) {
      const command = new CreateSecretCommand({ Name: name, SecretBinary: value, KmsKeyId: kmsKeyArn })
      await client.send(command).catch((error: unknown) => {
        if (codeOf(error) !== EXISTS) throw unavailable(`making the secret ${name}`, error)
      })
    },

    async fill(name, value) {
      if ((await read(name)) === undefined) await next(name, value, FIRST_VERSION)
    },

    next,

    async replicate(name, region, kmsKeyArn) {
      const described = new DescribeSecretCommand({ SecretId: name })
      const { ReplicationStatus = [] } = await onAws(`looking at the secret ${name}`, () => client.send(described))
      const there = ReplicationStatus.find(({ Region }) => Region === region)
      if (there !== undefined && there.Status !== 'Failed') return
      const command = new ReplicateSecretToRegionsCommand({
        SecretId: name,
        AddReplicaRegions: [{ Region: region, KmsKeyId: kmsKeyArn }],
      })
      const answer = await onAws(`replicating the secret ${name}`, () => client.send(command))
      const failed = answer.ReplicationStatus?.find(({ Region, Status }) => Region === region && Status === 'Failed')
      if (failed)
        throw new Unavailable(`the secret ${name} is not replicated to ${region}: ${failed.StatusMessage ?? ''}`)
    },
  }
}

/** One name for whoever makes the first version, so that only one can. 32 to 64 characters, as Secrets Manager wants it. */
const FIRST_VERSION = 'safelight-first-version-000000000000'
