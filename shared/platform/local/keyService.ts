/**
 * The KeyService port with one key in a file, in the place of AWS KMS: data keys wrapped under AES-256-GCM with the
 * encryption context authenticated.
 *
 *     blob    = nonce 12 || AES-256-GCM(data.key, nonce, plaintext 32, aad = context bytes) || tag 16       60 bytes
 *     key id  = "local/data-" || first 8 hex digits of SHA-256("safelight/local/data-key-id" 00 || data.key)
 *
 * Context bytes are those of docs/FORMAT.md section 6.1, whose section 11 names this construction, so that a reader in
 * another language needs no more than that page. The wrap binds the key id. Nonces are random: NIST SP 800-38D allows 2^32 of them under one key, one an object.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { contextBytes } from '../../keys/context.ts'
import { AuthenticationFailed, type KeyService } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { DATA_KEY, needKeyFile, SYMMETRIC_BYTES } from './keyFiles.ts'

const NONCE = 12
const TAG = 16
const BLOB = NONCE + SYMMETRIC_BYTES + TAG

export function dataKeyId(key: Uint8Array): string {
  const hash = createHash('sha256').update('safelight/local/data-key-id\0').update(key)
  return `local/data-${hash.digest('hex').slice(0, 8)}`
}

export function openKeyService(home: string): KeyService {
  const folder = homeLayout(home).keys
  let loaded: { readonly keyId: string; readonly key: Uint8Array } | undefined

  async function load(): Promise<{ readonly keyId: string; readonly key: Uint8Array }> {
    if (loaded === undefined) {
      const key = await needKeyFile(folder, DATA_KEY)
      loaded = { keyId: dataKeyId(key), key }
    }
    return loaded
  }

  return {
    async generateDataKey(context) {
      const { keyId, key } = await load()
      const plaintext = randomBytes(SYMMETRIC_BYTES)
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes(context))
      const wrapped = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
      return { keyId, plaintext: new Uint8Array(plaintext), blob: new Uint8Array(wrapped) }
    },

    async decrypt(keyId, blob, context) {
      const held = await load()
      if (keyId !== held.keyId || blob.length !== BLOB) throw new AuthenticationFailed()
      const decipher = createDecipheriv('aes-256-gcm', held.key, blob.subarray(0, NONCE), { authTagLength: TAG })
      decipher.setAAD(contextBytes(context)).setAuthTag(blob.subarray(BLOB - TAG))
      const plaintext = decipher.update(blob.subarray(NONCE, BLOB - TAG))
      try {
        decipher.final()
      } catch {
        plaintext.fill(0)
        throw new AuthenticationFailed()
      }
      return { keyId: held.keyId, plaintext: new Uint8Array(plaintext) }
    },
  }
}
