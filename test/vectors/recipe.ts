/** What a vector is made of, and the ways of breaking one that the lists beside this file share. */
import { concat, u8, u32 } from '../../shared/keys/encoding.ts'
import { encodeEnvelope } from '../../shared/keys/envelope.ts'
import { wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { decodeCbor, encodeCbor } from '../../shared/vault/cbor.ts'
import { PAD } from '../../shared/vault/metadata.ts'
import type { Forged, Forgery } from '../support/forge.ts'
import { recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'

/** An envelope beside the object, and the generation that the catalogue names. */
export interface Beside {
  readonly envelope: Uint8Array
  readonly generation: number
}

/** A vector that opens. */
export interface Opens {
  readonly name: string
  readonly about: string
  readonly forgery: Partial<Forgery>
  /** The generation of a newer envelope beside it. */
  readonly newer?: number
  /** That its file names the source which a reader finds. */
  readonly tells?: 'source'
}

export interface Named extends Partial<Beside> {
  readonly expect?: { readonly id: string; readonly headDigest: string }
}

/** A vector that must be refused. */
export interface Refused {
  readonly name: string
  /** The section of docs/FORMAT.md whose rule it breaks, and no other. */
  readonly breaks: string
  readonly about: string
  readonly forgery: Partial<Forgery>
  /** What is stored, where it isn't the forged object as it is. */
  readonly change?: (forged: Forged) => Uint8Array
  /** What the catalogue names. */
  readonly named?: (forged: Forged) => Named | Promise<Named>
}

export function refused(
  name: string,
  breaks: string,
  about: string,
  forgery: Partial<Forgery>,
  more: Pick<Refused, 'change' | 'named'> = {},
): Refused {
  return { name, breaks, about, forgery, ...more }
}

/** What every vector is where it doesn't say otherwise: 100 bytes, ML-KEM-768, one recipient. */
export const BASE = { stackId: TEST_KEYS.stack, recipients: [recipientOf(TEST_KEYS, 768)], plaintext: pattern(100) }

/** Two recipients that are both the reader's. */
export const TWO_OF_MINE = [recipientOf(TEST_KEYS, 768, 0, 0), recipientOf(TEST_KEYS, 768, 1, 1)]

/** Sixteen recipients whose KMS key is not on the allow-list. */
export const STRANGERS = Array.from({ length: 16 }, (_, i) => {
  const recipient = recipientOf(TEST_KEYS, 768, 0, 2)
  return { ...recipient, kem: { ...recipient.kem, keyId: `kem-stranger-${i}` } }
})

/** @param at from the end where it is negative */
export function flipped(data: Uint8Array, at: number): Uint8Array {
  return replaced(data, at, ((at < 0 ? data.at(at) : data[at]) ?? 0) ^ 1)
}

export function replaced(data: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = data.slice()
  copy[at < 0 ? copy.length + at : at] = byte
  return copy
}

/** An envelope for another of the reader's keys, to stand beside the object. */
export async function newerEnvelope({ dek, binding, headHash }: Forged, generation: number): Promise<Beside> {
  const record = await wrap(primitives, recipientOf(TEST_KEYS, 768, 1, 1), binding, dek)
  return { envelope: encodeEnvelope(primitives, dek, headHash, generation, [record]), generation }
}

/** How entries are put together: by default a map of definite length that ends with its last entry. */
export interface Frame {
  readonly head?: string
  readonly order?: readonly number[]
  readonly tail?: string
}

/**
 * A CBOR map entry by entry, written as no deterministic encoder would.
 * @param changes by key, hex of all that stands in the entry's place: empty for nothing
 */
export function byHand(cbor: Uint8Array, changes: Readonly<Record<number, string>>, frame: Frame = {}): Uint8Array {
  const entries = new Map<number, Uint8Array>()
  for (const [key, value] of decodeCbor(cbor)) entries.set(key, concat(encodeCbor(key), encodeCbor(value)))
  for (const [key, encoded] of Object.entries(changes)) entries.set(Number(key), Buffer.from(encoded, 'hex'))
  for (const [key, encoded] of entries) if (encoded.length === 0) entries.delete(key)
  const order = frame.order ?? [...entries.keys()].sort((a, b) => a - b)
  const head = frame.head === undefined ? u8(0xa0 + entries.size) : Buffer.from(frame.head, 'hex')
  const written = order.map((key) => entries.get(key) ?? new Uint8Array(0))
  return concat(head, ...written, Buffer.from(frame.tail ?? '', 'hex'))
}

/** Facts with changed entries; what depends on them is made of these. */
export function facts(changes: Readonly<Record<number, string>>, frame?: Frame): Pick<Forgery, 'factsBytes'> {
  return { factsBytes: (honest) => byHand(honest, changes, frame) }
}

/** Metadata with changed entries, padded and sealed as it should be. */
export function metadata(changes: Readonly<Record<number, string>>, frame?: Frame): Pick<Forgery, 'meta'> {
  return { meta: (meta) => padded(byHand(unpadded(meta), changes, frame)) }
}

export function unpadded(meta: Uint8Array): Uint8Array {
  return meta.subarray(4, 4 + new DataView(meta.buffer, meta.byteOffset).getUint32(0))
}

export function padded(cbor: Uint8Array): Uint8Array {
  const length = Math.ceil((4 + cbor.length) / PAD) * PAD
  return concat(u32(cbor.length), cbor, new Uint8Array(length - 4 - cbor.length))
}
