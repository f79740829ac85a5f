/**
 * The envelope: the DEK wrapped for 1 to 16 recipients under a MAC, re-wrappable without touching the body
 * (docs/FORMAT.md section 6).
 */
import { AuthenticationFailed, type KemLevel, type Primitives, Unavailable } from '../platform/ports.ts'
import type { Binding } from './context.ts'
import { concat, equal, label, lp, reader, text, u8, u32 } from './encoding.ts'
import { expand } from './expand.ts'
import { type HybridRecord, type Keyring, type Recipient, unwrap, wrap } from './wrap.ts'

/** Bytes, and records. No envelope of one record is shorter than the least. */
export const ENVELOPE_LIMITS = { least: 69, most: 65_536, records: 16 } as const
const MAC = 64
const WRAPPED = 48
const HYBRID = 1
const KEM_KEY_ID = /^[\x21-\x7e]{1,256}$/
const KMS_KEY_ID = /^[\x21-\x7e]{1,2048}$/

/** ML-KEM ciphertext bytes by level (FIPS 203 table 3). */
const CIPHERTEXT = { 768: 1088, 1024: 1568 } as const

export interface Envelope {
  readonly generation: number
  readonly records: readonly HybridRecord[]
  readonly mac: Uint8Array
  /** `u32 generation || u8 n || records`, as the MAC covers it. */
  readonly covered: Uint8Array
}

/** @throws RangeError for ids that no reader would accept: better now than after the original is gone */
function recordBytes(record: HybridRecord): Uint8Array {
  if (!KEM_KEY_ID.test(record.kemKeyId) || !KMS_KEY_ID.test(record.kmsKeyId)) {
    throw new RangeError('a key id is printable ASCII without blanks, at most 256 (KEM) or 2,048 (KMS) characters')
  }
  return concat(
    u8(HYBRID),
    lp(text(record.kemKeyId)),
    lp(record.ciphertext),
    lp(text(record.kmsKeyId)),
    lp(record.blob),
    record.wrapped,
  )
}

/** Over `u32 generation || u8 n || records`, as it stands in the envelope. `headHash` is SHA-512(H0). */
export function envelopeMac(
  primitives: Primitives,
  dek: Uint8Array,
  headHash: Uint8Array,
  covered: Uint8Array,
): Uint8Array {
  const key = expand(primitives, dek, label('safelight/v1/envelope-mac'), 64)
  return primitives.hmacSha512(key, headHash, u32(covered.length + MAC), covered)
}

/** Bytes of an envelope with these records under this DEK. `headHash` is SHA-512(H0). */
export function encodeEnvelope(
  primitives: Primitives,
  dek: Uint8Array,
  headHash: Uint8Array,
  generation: number,
  records: readonly HybridRecord[],
): Uint8Array {
  const covered = concat(u32(generation), u8(records.length), ...records.map((record) => lp(recordBytes(record))))
  return concat(covered, envelopeMac(primitives, dek, headHash, covered))
}

function ascii(data: Uint8Array, form: RegExp): string {
  const value = String.fromCharCode(...data)
  if (!form.test(value)) throw new AuthenticationFailed()
  return value
}

function parseRecord(data: Uint8Array, level: KemLevel): HybridRecord {
  const read = reader(data)
  if (read.u8() !== HYBRID) throw new AuthenticationFailed()
  const record = {
    kemKeyId: ascii(read.lp(1, 256), KEM_KEY_ID),
    ciphertext: read.lp(CIPHERTEXT[level], CIPHERTEXT[level]),
    kmsKeyId: ascii(read.lp(1, 2048), KMS_KEY_ID),
    blob: read.lp(1, 6144),
    wrapped: read.take(WRAPPED),
  }
  read.end()
  return record
}

/** Checks the form alone, with no key. @throws AuthenticationFailed */
export function parseEnvelope(data: Uint8Array, level: KemLevel): Envelope {
  if (data.length < ENVELOPE_LIMITS.least || data.length > ENVELOPE_LIMITS.most) throw new AuthenticationFailed()
  const covered = data.subarray(0, data.length - MAC)
  const read = reader(covered)
  const generation = read.u32()
  const n = read.u8()
  if (n < 1 || n > ENVELOPE_LIMITS.records) throw new AuthenticationFailed()
  const records = Array.from({ length: n }, () => parseRecord(read.lp(1, ENVELOPE_LIMITS.most), level))
  read.end()
  const recipients = new Set(records.map((record) => `${record.kemKeyId} ${record.kmsKeyId}`))
  if (recipients.size !== n) throw new AuthenticationFailed()
  return { generation, records, mac: data.subarray(data.length - MAC), covered }
}

/** Wraps the DEK for every recipient. @throws Unavailable; RangeError for what no reader would accept */
export async function makeEnvelope(
  primitives: Primitives,
  recipients: readonly Recipient[],
  binding: Binding,
  headHash: Uint8Array,
  dek: Uint8Array,
  generation = 0,
): Promise<Uint8Array> {
  const records: HybridRecord[] = []
  for (const recipient of recipients) records.push(await wrap(primitives, recipient, binding, dek))
  const envelope = encodeEnvelope(primitives, dek, headHash, generation, records)
  try {
    parseEnvelope(envelope, recipients[0]?.kem.level ?? 768)
  } catch {
    throw new RangeError('an envelope has 1 to 16 different recipients, with key ids and blobs that readers accept')
  }
  return envelope
}

/** Constant time. @throws AuthenticationFailed */
export function checkEnvelopeMac(
  primitives: Primitives,
  dek: Uint8Array,
  headHash: Uint8Array,
  envelope: Envelope,
): void {
  const expected = envelopeMac(primitives, dek, headHash, envelope.covered)
  if (!equal(expected, envelope.mac)) throw new AuthenticationFailed()
}

/**
 * The DEK, by the first record that is the reader's and whose services answer, with the MAC checked: docs/FORMAT.md
 * section 6.2, steps 2 to 5. @throws AuthenticationFailed, Unavailable
 */
export async function openEnvelope(
  primitives: Primitives,
  keyring: Keyring,
  level: KemLevel,
  binding: Binding,
  headHash: Uint8Array,
  envelope: Envelope,
): Promise<Uint8Array> {
  let unavailable: Unavailable | undefined
  for (const record of envelope.records) {
    try {
      const dek = await unwrap(primitives, keyring, level, binding, record)
      if (!dek) continue
      checkEnvelopeMac(primitives, dek, headHash, envelope)
      return dek
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      unavailable = error
    }
  }
  throw unavailable ?? new AuthenticationFailed()
}
