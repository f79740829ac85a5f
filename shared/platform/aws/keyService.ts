/**
 * AWS KMS as the KeyService: one data key an object, its context authenticated and enforced by KMS. Sealing opens
 * `DataKeys` and is denied the rest; opening names the KMS key of every blob itself, and only one that is allowed.
 */
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { AuthenticationFailed, type DataKeys, type KeyService, Unavailable } from '../ports.ts'
import { codeOf, unavailable } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

/** KMS's answers to a blob or a context that isn't what it wrapped. */
const NOT_AUTHENTIC = new Set(['InvalidCiphertextException', 'IncorrectKeyException'])
/** What KMS takes as a CiphertextBlob; longer ones it calls malformed requests. */
const MAX_BLOB = 6144
const MULTI_REGION_KEY = /^(arn:[^:]+:kms:)([^:]+)(:[^:]+:key\/mrk-[0-9a-f]+)$/

export function openKmsDataKeys(keyArn: string, settings: AwsSettings = {}): DataKeys {
  const kms = new KMSClient(clientConfig(settings))
  return {
    async generateDataKey(context) {
      const command = new GenerateDataKeyCommand({
        KeyId: keyArn,
        KeySpec: 'AES_256',
        EncryptionContext: { ...context },
      })
      const { KeyId, Plaintext, CiphertextBlob } = await kms.send(command).catch((error: unknown) => {
        throw unavailable('a data key', error)
      })
      if (KeyId === undefined || Plaintext?.length !== 32 || CiphertextBlob === undefined) {
        throw new Unavailable('a data key: KMS gave an answer without one')
      }
      return { keyId: KeyId, plaintext: Plaintext, blob: CiphertextBlob }
    },
  }
}

export interface KmsKeys {
  /** New data keys are of this one; it is always allowed. */
  readonly keyArn: string
  /** Ids of older ones that may unwrap. @throws Unavailable */
  readonly allowed: () => Promise<readonly string[]>
  /** Where the same multi-Region keys are, too: whatever is allowed here is allowed by its id there. */
  readonly otherRegion?: string | undefined
}

export function openKmsKeyService({ keyArn, allowed, otherRegion }: KmsKeys, settings: AwsSettings = {}): KeyService {
  const kms = new KMSClient(clientConfig(settings))
  const elsewhere = (arn: string) => (otherRegion === undefined ? arn : inRegion(arn, otherRegion))
  const allAllowed = async () => [...new Set([keyArn, ...(await allowed())].flatMap((arn) => [arn, elsewhere(arn)]))]
  return {
    ...openKmsDataKeys(keyArn, settings),
    allowed: allAllowed,

    async decrypt(keyId, blob, context) {
      if (!(await allAllowed()).includes(keyId)) throw new AuthenticationFailed()
      if (blob.length === 0 || blob.length > MAX_BLOB) throw new AuthenticationFailed()
      const asked = inRegion(keyId, await kms.config.region())
      const command = new DecryptCommand({ KeyId: asked, CiphertextBlob: blob, EncryptionContext: { ...context } })
      const { KeyId, Plaintext } = await kms.send(command).catch((error: unknown) => {
        throw NOT_AUTHENTIC.has(codeOf(error))
          ? new AuthenticationFailed()
          : unavailable('unwrapping a data key', error)
      })
      if (KeyId === undefined || Plaintext === undefined) {
        throw new Unavailable('unwrapping a data key: KMS gave an answer without one')
      }
      return { keyId: KeyId === asked ? keyId : KeyId, plaintext: Plaintext }
    },
  }
}

/** A multi-Region key has the same id and the same material in every Region it is replicated to: the replica that is there. */
export function inRegion(keyId: string, region: string): string {
  return keyId.replace(MULTI_REGION_KEY, (_, before: string, _home: string, after: string) => before + region + after)
}
