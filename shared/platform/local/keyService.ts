/**
 * The KeyService port with a key file a generation, in the place of AWS KMS: data keys wrapped under AES-256-GCM with
 * the encryption context authenticated.
 *
 *     blob    = nonce 12 || AES-256-GCM(data key file, nonce, plaintext 32, aad = context bytes) || tag 16       60 bytes
 *     key id  = "local/data-" || first 8 hex digits of SHA-256("safelight/local/data-key-id" 00 || data key file)
 *
 * Context bytes are those of docs/FORMAT.md section 6.1, whose section 11 names this construction, so that a reader in
 * another language needs no more than that page. The wrap binds the key id. Nonces are random: NIST SP 800-38D allows 2^32 of them under one key, one an object.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { contextBytes } from '../../keys/context.ts'
import { AuthenticationFailed, type KeyService } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import {
  currentGeneration,
  damagedKeyFile,
  dataKeyFile,
  type KemGeneration,
  needKeyFile,
  readManifest,
  SYMMETRIC_BYTES,
} from './keyFiles.ts'

const NONCE = 12
const TAG = 16
const BLOB = NONCE + SYMMETRIC_BYTES + TAG

interface Held {
  readonly keyId: string
  readonly key: Uint8Array
}

export function dataKeyId(key: Uint8Array): string {
  const hash = createHash('sha256').update('safelight/local/data-key-id\0').update(key)
  return `local/data-${hash.digest('hex').slice(0, 8)}`
}

/**
 * Manifest and key are read on each call: a rotation or a retirement takes effect at once, and nothing is erased for what
 * only the memory of this process could still unwrap.
 */
export function openKeyService(home: string): KeyService {
  const folder = homeLayout(home).keys

  async function load({ generation, dataKeyId: expected }: KemGeneration): Promise<Held> {
    const key = await needKeyFile(folder, dataKeyFile(generation))
    const held = { keyId: dataKeyId(key), key }
    if (expected !== undefined && expected !== held.keyId) throw damagedKeyFile(dataKeyFile(generation))
    return held
  }

  return {
    async allowed() {
      const active = (await readManifest(folder))?.generations.filter(({ state }) => state === 'active') ?? []
      const idOf = async (found: KemGeneration) => found.dataKeyId ?? (await load(found)).keyId
      return Promise.all(active.map(idOf))
    },

    async generateDataKey(context) {
      const { keyId, key } = await load(await currentGeneration(folder))
      const plaintext = randomBytes(SYMMETRIC_BYTES)
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes(context))
      const wrapped = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
      return { keyId, plaintext: new Uint8Array(plaintext), blob: new Uint8Array(wrapped) }
    },

    async decrypt(keyId, blob, context) {
      const held = await find(keyId)
      if (held === undefined || blob.length !== BLOB) throw new AuthenticationFailed()
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

  async function find(keyId: string): Promise<Held | undefined> {
    for (const found of (await readManifest(folder))?.generations ?? []) {
      if (found.state !== 'active' || (found.dataKeyId !== undefined && found.dataKeyId !== keyId)) continue
      const held = await load(found)
      if (held.keyId === keyId) return held
    }
    return undefined
  }
}
