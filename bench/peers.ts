/**
 * What others use to encrypt a file in JavaScript, each as its documentation shows it, with local keys. They are
 * development packages, so they are loaded by name when asked for: an installation for use has not got them.
 */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'

export interface Peer {
  readonly name: string
  /** With its own defaults: what the target is about. */
  readonly asItComes: boolean
  encrypt(plaintext: Uint8Array): Promise<number>
}

const callable = (value: unknown) => typeof value === 'function'

const awsModule = z.object({
  buildClient:
    z.custom<
      () => {
        encrypt(
          keyring: object,
          plaintext: Uint8Array,
          options?: { readonly suiteId?: number },
        ): Promise<{ readonly result: Uint8Array }>
      }
    >(callable),
  RawAesKeyringNode:
    z.custom<
      new (input: {
        readonly keyName: string
        readonly keyNamespace: string
        readonly unencryptedMasterKey: Uint8Array
        readonly wrappingSuite: number
      }) => object
    >(callable),
  RawAesWrappingSuiteIdentifier: z.object({ AES256_GCM_IV12_TAG16_NO_PADDING: z.number() }),
  AlgorithmSuiteIdentifier: z.object({ ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: z.number() }),
})

const ageModule = z.object({
  Encrypter:
    z.custom<new () => { addRecipient(recipient: string): void; encrypt(file: Uint8Array): Promise<Uint8Array> }>(
      callable,
    ),
  generateX25519Identity: z.custom<() => Promise<string>>(callable),
  identityToRecipient: z.custom<(identity: string) => Promise<string>>(callable),
})

/** @throws Error when the package isn't installed: says how to get it */
async function load(name: string): Promise<unknown> {
  try {
    return await import(name)
  } catch {
    throw new Error(`${name} is not installed: npm ci --ignore-scripts brings what development needs`)
  }
}

/** AWS Encryption SDK with its default frames of 4 KiB: as it comes (it signs), and without signature, as we do. */
export async function awsEncryptionSdk(): Promise<readonly Peer[]> {
  const sdk = awsModule.parse(await load('@aws-crypto/client-node'))
  const keyring = new sdk.RawAesKeyringNode({
    keyName: 'bench',
    keyNamespace: 'local',
    // The SDK takes no part of a larger buffer.
    unencryptedMasterKey: Uint8Array.from(randomBytes(32)),
    wrappingSuite: sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  const { encrypt } = sdk.buildClient()
  const suiteId = sdk.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
  return [
    {
      name: 'AWS Encryption SDK for JavaScript 5.0.2',
      asItComes: true,
      encrypt: async (plaintext) => (await encrypt(keyring, plaintext)).result.length,
    },
    {
      name: 'AWS Encryption SDK for JavaScript 5.0.2, unsigned suite',
      asItComes: false,
      encrypt: async (plaintext) => (await encrypt(keyring, plaintext, { suiteId })).result.length,
    },
  ]
}

/** age, to one X25519 recipient. */
export async function age(): Promise<Peer> {
  const { Encrypter, generateX25519Identity, identityToRecipient } = ageModule.parse(await load('age-encryption'))
  const recipient = await identityToRecipient(await generateX25519Identity())
  return {
    name: 'age-encryption 0.3.1',
    asItComes: true,
    async encrypt(plaintext) {
      const encrypter = new Encrypter()
      encrypter.addRecipient(recipient)
      return (await encrypter.encrypt(plaintext)).length
    },
  }
}
