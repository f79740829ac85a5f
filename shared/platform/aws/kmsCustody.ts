/**
 * AWS KMS's own ML-KEM keys as the custody: private keys that never leave KMS, one KMS key a level and generation
 * (KeyUsage ENCAPSULATE_DECAPSULATE). Not verified on AWS: tested against a server of ours that speaks KMS's protocol,
 * because no emulator has these keys.
 */
import { createPublicKey } from 'node:crypto'
import { DecapsulateCommand, GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CIPHERTEXT_BYTES, rawPublicKey } from '../mlkem.ts'
import { AuthenticationFailed, type Clock, type KemCustody, type KemLevel, Unavailable } from '../ports.ts'
import { type Cached, cached, wallClock } from './cached.ts'
import { codeOf, unavailable } from './errors.ts'
import type { KeyRegister } from './keyRegister.ts'
import { KEM_KEY_ARN_OF } from './keyTable.ts'
import { notHeld } from './seedCustody.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

const PUBLIC_KEPT_MS = 5 * 60_000

/** One ML-KEM key in KMS. */
export interface KmsKem {
  /** @param key ARN or alias. @throws Unavailable, also when it is a key of another kind */
  publicKey(key: string, level: KemLevel): Promise<{ readonly arn: string; readonly publicKey: Uint8Array }>
  /** @throws AuthenticationFailed for a ciphertext of the wrong length; Unavailable */
  decapsulate(arn: string, level: KemLevel, ciphertext: Uint8Array): Promise<Uint8Array>
}

export function openKmsKem(settings: AwsSettings = {}): KmsKem {
  const kms = new KMSClient(clientConfig(settings))
  return {
    async publicKey(KeyId, level) {
      const answer = await kms.send(new GetPublicKeyCommand({ KeyId })).catch((error: unknown) => {
        throw unavailable(`the ML-KEM key ${KeyId}`, error)
      })
      const { KeyId: arn, KeySpec, KeyUsage, PublicKey } = answer
      if (KeySpec !== `ML_KEM_${level}` || KeyUsage !== 'ENCAPSULATE_DECAPSULATE' || !PublicKey || !arn) {
        throw new Unavailable(
          `the KMS key for ML-KEM-${level} is of another kind: make one of key spec ML_KEM_${level}`,
        )
      }
      const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
      return { arn, publicKey: rawPublicKey(key, level) }
    },

    async decapsulate(arn, level, ciphertext) {
      if (ciphertext.length !== CIPHERTEXT_BYTES[level]) throw new AuthenticationFailed()
      const command = new DecapsulateCommand({
        KeyId: arn,
        SharedSecretCiphertextBlob: ciphertext,
        EncapsulationAlgorithm: 'ML_KEM',
      })
      const { KeyId, SharedSecret } = await kms.send(command).catch((error: unknown) => {
        if (codeOf(error) === 'InvalidCiphertextException') throw new AuthenticationFailed()
        throw unavailable('decapsulating in KMS', error)
      })
      if (KeyId !== arn || SharedSecret?.length !== 32) throw new AuthenticationFailed()
      return SharedSecret
    },
  }
}

export function openKmsCustody(
  register: Pick<KeyRegister, 'active'>,
  settings: AwsSettings = {},
  clock: Clock = wallClock,
): KemCustody {
  const kem = openKmsKem(settings)
  const publicKeys = new Map<string, Cached<Uint8Array>>()

  async function arnOf(keyId: string, level: KemLevel): Promise<string | undefined> {
    const found = await register.active(keyId)
    return found?.custody === 'kms' ? found[KEM_KEY_ARN_OF[level]] : undefined
  }

  return {
    async publicKey(keyId, level) {
      const arn = await arnOf(keyId, level)
      if (arn === undefined) return undefined
      const known =
        publicKeys.get(arn) ?? cached(async () => (await kem.publicKey(arn, level)).publicKey, PUBLIC_KEPT_MS, clock)
      publicKeys.set(arn, known)
      return (await known.get()).slice()
    },
    async decapsulate(keyId, level, ciphertext) {
      const arn = await arnOf(keyId, level)
      if (arn === undefined) throw notHeld()
      return kem.decapsulate(arn, level, ciphertext)
    },
  }
}
