/** Where everything lies in an object, and its exact size, before any key is used (docs/FORMAT.md section 2). */
import { concat, reader, text, u16, u32 } from '../keys/encoding.ts'
import { ENVELOPE_LIMITS, type Envelope, parseEnvelope } from '../keys/envelope.ts'
import { AuthenticationFailed } from '../platform/ports.ts'
import { FACTS_LIMIT, type Facts, levelOf, parseFacts } from './facts.ts'
import { MAX_META, PAD } from './metadata.ts'

export const MAGIC = text('SLV1')
export const CHUNK = 16_384
export const TAG = 16
export const SEALED_CHUNK = CHUNK + TAG
export const SALT = 24
export const COMMITMENT = 32
/** `salt || commitment` */
export const BODY_HEAD = SALT + COMMITMENT
/** No object's header and body head are longer than this. */
export const MAX_HEAD = 4 + 2 + FACTS_LIMIT + 4 + MAX_META + TAG + 4 + ENVELOPE_LIMITS.most + BODY_HEAD

/** Chunks of a body, the short last one included. */
export function chunkCount(plaintextLength: number): number {
  return Math.floor(plaintextLength / CHUNK) + 1
}

/** Bytes of a body. */
export function bodySize(plaintextLength: number): number {
  return BODY_HEAD + plaintextLength + TAG * chunkCount(plaintextLength)
}

/** The metadata's AAD: `"SLV1" || u16 len(facts) || facts` */
export function factsPart(facts: Uint8Array): Uint8Array {
  return concat(MAGIC, u16(facts.length), facts)
}

export function headerPart(facts: Uint8Array, sealedMetadata: Uint8Array): Uint8Array {
  return concat(factsPart(facts), u32(sealedMetadata.length), sealedMetadata)
}

export interface Header {
  readonly facts: Facts
  readonly factsBytes: Uint8Array
  readonly sealedMetadata: Uint8Array
  /** H0. */
  readonly h0: Uint8Array
  readonly envelope: Envelope
  /** Where the body begins. */
  readonly bodyOffset: number
}

/** How many bytes from the object's start hold header and body head, judged by the first `known` bytes; more may be needed to know more. */
export function headLength(prefix: Uint8Array): number {
  const read = reader(prefix)
  try {
    const magic = read.take(4)
    if (magic.some((byte, i) => byte !== MAGIC[i])) throw new AuthenticationFailed()
    read.take(read.u16())
    read.take(read.u32())
    // No more than any object has: nothing has been checked yet, and the answer says how much is read at once.
    return Math.min(read.u32() + read.offset() + BODY_HEAD, MAX_HEAD)
  } catch {
    return MAX_HEAD
  }
}

/**
 * Parses and checks everything that needs no key, the object's exact size included.
 * @param prefix the object's first bytes, at least `headLength`
 * @param objectSize the size of the whole object in bytes
 * @throws AuthenticationFailed
 */
export function parseHeader(prefix: Uint8Array, objectSize: number): Header {
  const read = reader(prefix)
  if (read.take(4).some((byte, i) => byte !== MAGIC[i])) throw new AuthenticationFailed()
  const factsLength = read.u16()
  if (factsLength > FACTS_LIMIT) throw new AuthenticationFailed()
  const factsBytes = read.take(factsLength)
  const facts = parseFacts(factsBytes)
  const sealedLength = read.u32()
  const padded = sealedLength - TAG
  if (padded < PAD || padded > MAX_META || padded % PAD !== 0) throw new AuthenticationFailed()
  const sealedMetadata = read.take(sealedLength)
  const h0 = prefix.subarray(0, read.offset())
  const envelope = parseEnvelope(read.lp(ENVELOPE_LIMITS.least, ENVELOPE_LIMITS.most), levelOf(facts.suite))
  const bodyOffset = read.offset()
  if (objectSize !== bodyOffset + bodySize(facts.plaintextLength)) throw new AuthenticationFailed()
  return { facts, factsBytes, sealedMetadata, h0, envelope, bodyOffset }
}
