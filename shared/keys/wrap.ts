/**
 * The hybrid wrap of a DEK: ML-KEM and KMS, both legs needed, all of it bound (docs/FORMAT.md section 6.1). The combiner
 * is HKDF over both secrets with the whole transcript in `info`, in the manner of RFC 9180 and NIST SP 800-227 section 4.6.
 */
import {
  AuthenticationFailed,
  type DataKeys,
  type KemCustody,
  type KemLevel,
  type KemPublicKey,
  type KeyService,
  type Primitives,
} from '../platform/ports.ts'
import { type Binding, contextBytes, contextOf } from './context.ts'
import { concat, lp, text } from './encoding.ts'
import { expand } from './expand.ts'

const LABEL = text('safelight/v1/wrap')
const ZERO_NONCE = new Uint8Array(12)
const DEK = 32

/** Whom an object is sealed to: one public key and one KMS key. */
export interface Recipient {
  readonly kem: KemPublicKey
  readonly dataKeys: DataKeys
}

/** What a reader holds. */
export interface Keyring {
  readonly stackId: string
  readonly custody: KemCustody
  readonly keyService: KeyService
}

/** One record of an envelope. `wrapped` is 48 bytes. */
export interface HybridRecord {
  readonly kemKeyId: string
  readonly ciphertext: Uint8Array
  readonly kmsKeyId: string
  readonly blob: Uint8Array
  readonly wrapped: Uint8Array
}

type Unwrapped = Omit<HybridRecord, 'wrapped'>

function keyEncryptionKey(
  primitives: Primitives,
  binding: Binding,
  record: Unwrapped,
  publicKey: Uint8Array,
  sharedSecret: Uint8Array,
  dataKey: Uint8Array,
): { kek: Uint8Array; transcript: Uint8Array } {
  const transcript = primitives.sha512(
    lp(LABEL),
    lp(binding.facts),
    lp(text(record.kemKeyId)),
    lp(primitives.sha256(publicKey)),
    lp(record.ciphertext),
    lp(text(record.kmsKeyId)),
    lp(record.blob),
    lp(contextBytes(contextOf(binding, record.kemKeyId))),
  )
  const prk = primitives.hmacSha512(LABEL, sharedSecret, dataKey)
  return { kek: expand(primitives, prk, concat(LABEL, Uint8Array.of(0), transcript), 32), transcript }
}

/** Wraps a 32-byte DEK for one recipient: one local encapsulation, one KMS call. @throws Unavailable */
export async function wrap(
  primitives: Primitives,
  recipient: Recipient,
  binding: Binding,
  dek: Uint8Array,
): Promise<HybridRecord> {
  const { keyId: kemKeyId, level, publicKey } = recipient.kem
  const { ciphertext, sharedSecret } = primitives.kem.encapsulate(level, publicKey)
  const dataKey = await recipient.dataKeys.generateDataKey(contextOf(binding, kemKeyId))
  const record = { kemKeyId, ciphertext, kmsKeyId: dataKey.keyId, blob: dataKey.blob }
  const { kek, transcript } = keyEncryptionKey(primitives, binding, record, publicKey, sharedSecret, dataKey.plaintext)
  const wrapped = primitives.aes256Gcm(kek).seal(ZERO_NONCE, dek, transcript)
  // Best effort: JavaScript may have copied them elsewhere.
  for (const secret of [sharedSecret, dataKey.plaintext, kek]) secret.fill(0)
  return { ...record, wrapped }
}

/**
 * Unwraps one record. Undefined means "not mine": no such KEM key, or a KMS key that isn't on the allow-list; no key was used.
 * @throws AuthenticationFailed when it is mine and doesn't verify; Unavailable
 */
export async function unwrap(
  primitives: Primitives,
  keyring: Keyring,
  level: KemLevel,
  binding: Binding,
  record: HybridRecord,
): Promise<Uint8Array | undefined> {
  if (!(await keyring.keyService.allowed()).includes(record.kmsKeyId)) return undefined
  const publicKey = await keyring.custody.publicKey(record.kemKeyId, level)
  if (!publicKey) return undefined
  const [sharedSecret, dataKey] = await Promise.all([
    keyring.custody.decapsulate(record.kemKeyId, level, record.ciphertext),
    keyring.keyService.decrypt(record.kmsKeyId, record.blob, contextOf(binding, record.kemKeyId)),
  ])
  if (dataKey.keyId !== record.kmsKeyId || dataKey.plaintext.length !== 32) throw new AuthenticationFailed()
  const { kek, transcript } = keyEncryptionKey(primitives, binding, record, publicKey, sharedSecret, dataKey.plaintext)
  const dek = primitives.aes256Gcm(kek).open(ZERO_NONCE, record.wrapped, transcript)
  for (const secret of [sharedSecret, dataKey.plaintext, kek]) secret.fill(0)
  if (dek?.length !== DEK) throw new AuthenticationFailed()
  return dek
}
