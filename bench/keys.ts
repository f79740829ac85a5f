/** Keys for one benchmark: a recipient and the keyring that opens for it, in memory, so that no disk or network counts. */
import { contextBytes } from '../shared/keys/context.ts'
import { concat } from '../shared/keys/encoding.ts'
import type { Keyring, Recipient } from '../shared/keys/wrap.ts'
import { nodePrimitives } from '../shared/platform/crypto.ts'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf } from '../shared/platform/mlkem.ts'
import { AuthenticationFailed, type KemLevel, type KeyService } from '../shared/platform/ports.ts'

export const STACK = 'bench'
const KEM_KEY = 'kem-bench'
const KMS_KEY = 'local/bench'
const NONCE = 12

/** The KMS of docs/FORMAT.md section 11. */
function keyService(): KeyService {
  const aead = nodePrimitives.aes256Gcm(nodePrimitives.random(32))
  return {
    allowed: async () => [KMS_KEY],
    async generateDataKey(context) {
      const [nonce, plaintext] = [nodePrimitives.random(NONCE), nodePrimitives.random(32)]
      return { keyId: KMS_KEY, plaintext, blob: concat(nonce, aead.seal(nonce, plaintext, contextBytes(context))) }
    },
    async decrypt(keyId, blob, context) {
      const plaintext = aead.open(blob.subarray(0, NONCE), blob.subarray(NONCE), contextBytes(context))
      if (!plaintext) throw new AuthenticationFailed()
      return { keyId, plaintext }
    },
  }
}

/** ML-KEM as the product has it: encapsulation by noble, decapsulation by OpenSSL with an imported seed. */
export function benchKeys(level: KemLevel): { readonly recipient: Recipient; readonly keyring: Keyring } {
  const privateKey = kemPrivateKey(nodePrimitives.random(64), level)
  const publicKey = kemPublicKeyOf(privateKey, level)
  const dataKeys = keyService()
  return {
    recipient: { kem: { keyId: KEM_KEY, generation: 1, level, publicKey }, dataKeys },
    keyring: {
      stackId: STACK,
      keyService: dataKeys,
      custody: {
        publicKey: async () => publicKey,
        decapsulate: async (_keyId, _level, ciphertext) => kemDecapsulate(privateKey, level, ciphertext),
      },
    },
  }
}
