/** Fixed keys for tests and vectors: the KMS of docs/FORMAT.md section 11 and ML-KEM from seeds, in memory, by noble unless a name says otherwise. */
import type { KeyObject } from 'node:crypto'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { contextBytes } from '../../shared/keys/context.ts'
import { concat } from '../../shared/keys/encoding.ts'
import type { Keyring, Recipient } from '../../shared/keys/wrap.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf } from '../../shared/platform/mlkem.ts'
import { AuthenticationFailed, type KemCustody, type KemLevel, type KeyService } from '../../shared/platform/ports.ts'

export interface KeyFile {
  readonly stack: string
  readonly kem: readonly { readonly keyId: string; readonly seed: string }[]
  readonly kms: readonly { readonly keyId: string; readonly key: string }[]
  readonly otherKms: readonly { readonly keyId: string; readonly key: string }[]
}

const mlKem = { 768: ml_kem768, 1024: ml_kem1024 } as const

function pair(seed: string, level: KemLevel) {
  return mlKem[level].keygen(Buffer.from(seed, 'hex'))
}

export function memoryKms(keys: readonly { readonly keyId: string; readonly key: string }[], use: string): KeyService {
  function aead(keyId: string) {
    const found = keys.find((key) => key.keyId === keyId)
    if (!found) throw new AuthenticationFailed()
    return nodePrimitives.aes256Gcm(Buffer.from(found.key, 'hex'))
  }
  return {
    allowed: async () => keys.map(({ keyId }) => keyId),
    async generateDataKey(context) {
      const nonce = nodePrimitives.random(12)
      const plaintext = nodePrimitives.random(32)
      return { keyId: use, plaintext, blob: concat(nonce, aead(use).seal(nonce, plaintext, contextBytes(context))) }
    },
    async decrypt(keyId, blob, context) {
      const plaintext = aead(keyId).open(blob.subarray(0, 12), blob.subarray(12), contextBytes(context))
      if (!plaintext) throw new AuthenticationFailed()
      return { keyId, plaintext }
    },
  }
}

export function memoryCustody(kem: KeyFile['kem']): KemCustody {
  return {
    async publicKey(keyId, level) {
      const found = kem.find((key) => key.keyId === keyId)
      return found && pair(found.seed, level).publicKey
    },
    async decapsulate(keyId, level, ciphertext) {
      const found = kem.find((key) => key.keyId === keyId)
      if (!found) throw new AuthenticationFailed()
      return mlKem[level].decapsulate(ciphertext, pair(found.seed, level).secretKey)
    },
  }
}

/** The same keys by node:crypto, imported once: for tests that open thousands of times. */
export function quickKeyringOf(file: KeyFile): Keyring {
  const held = new Map<string, { readonly key: KeyObject; readonly publicKey: Uint8Array }>()
  function pairOf(keyId: string, level: KemLevel) {
    const found = file.kem.find((key) => key.keyId === keyId)
    const known = held.get(`${level} ${keyId}`)
    if (known || !found) return known
    const key = kemPrivateKey(Buffer.from(found.seed, 'hex'), level)
    const made = { key, publicKey: kemPublicKeyOf(key, level) }
    held.set(`${level} ${keyId}`, made)
    return made
  }
  return {
    ...keyringOf(file),
    custody: {
      publicKey: async (keyId, level) => pairOf(keyId, level)?.publicKey,
      async decapsulate(keyId, level, ciphertext) {
        const pair = pairOf(keyId, level)
        if (!pair) throw new AuthenticationFailed()
        return kemDecapsulate(pair.key, level, ciphertext)
      },
    },
  }
}

export function keyringOf(file: KeyFile): Keyring {
  return {
    stackId: file.stack,
    custody: memoryCustody(file.kem),
    keyService: {
      ...memoryKms([...file.kms, ...file.otherKms], ''),
      allowed: async () => file.kms.map(({ keyId }) => keyId),
    },
  }
}

/** The recipient of that KEM key and that KMS key, by number. */
export function recipientOf(file: KeyFile, level: KemLevel, kem = 0, kms = 0): Recipient {
  const kemKey = file.kem[kem]
  const all = [...file.kms, ...file.otherKms]
  const kmsKey = all[kms]
  if (!kemKey || !kmsKey) throw new RangeError('no such key in the key file')
  return {
    kem: { keyId: kemKey.keyId, generation: kem + 1, level, publicKey: pair(kemKey.seed, level).publicKey },
    dataKeys: memoryKms(all, kmsKey.keyId),
  }
}

/** A key file for tests: two KEM keys, two KMS keys on the allow-list, one off it. Seeds and keys are as simple as they look. */
export const TEST_KEYS: KeyFile = {
  stack: 'vectors',
  kem: [
    { keyId: 'kem-0001', seed: '01'.repeat(64) },
    { keyId: 'kem-0002', seed: '02'.repeat(64) },
  ],
  kms: [
    { keyId: 'local/data-1', key: '11'.repeat(32) },
    { keyId: 'arn:aws:kms:us-east-1:000000000000:key/22222222-2222-2222-2222-222222222222', key: '22'.repeat(32) },
  ],
  otherKms: [{ keyId: 'local/data-3', key: '33'.repeat(32) }],
}
