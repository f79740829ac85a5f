/**
 * Sealing: facts, metadata and a plaintext stream become one object stream, in bounded memory. The plaintext's length and
 * SHA-256 are known from a first pass and checked in this second one, before the last byte is handed out.
 */
import { chaosFromFeatures, KNOWN_GOOD, orbitsPass } from '../chaos/checks.ts'
import type { Chaos } from '../chaos/permutation.ts'
import { concat, equal, label, u32 } from '../keys/encoding.ts'
import { makeEnvelope } from '../keys/envelope.ts'
import { expand } from '../keys/expand.ts'
import type { Recipient } from '../keys/wrap.ts'
import type { Chunks, KemLevel, Primitives } from '../platform/ports.ts'
import { type BodyKeys, bodyKeys, chaosSeed, pieces, sealChunkTo } from './body.ts'
import { encodeFacts, type Facts, suiteOf } from './facts.ts'
import { bodySize, chunkCount, factsPart, headerPart, SALT, SEALED_CHUNK } from './layout.ts'
import { encodeMetadata, type Metadata } from './metadata.ts'

/** The plaintext of the second pass wasn't that of the first: the upload must be aborted and tried again. */
export class SourceChanged extends Error {
  override readonly name = 'SourceChanged'
  constructor() {
    super('the source changed while it was being sealed')
  }
}

export interface SealRequest {
  readonly stackId: string
  /** At least one; all of the same level. */
  readonly recipients: readonly [Recipient, ...Recipient[]]
  /** Seconds since 1970. */
  readonly created: number
  readonly tier: number
  readonly plaintextLength: number
  readonly rendition?: Facts['rendition']
  /** The permutation's map and parameters are chosen here, from the features; without permutation, `permute: false`. */
  readonly metadata: Omit<Metadata, 'random' | 'chaos'>
  readonly permute?: boolean
  /** 16 bytes; fresh random ones where absent. */
  readonly objectId?: Uint8Array
}

export interface SealedObject {
  readonly objectId: Uint8Array
  readonly facts: Facts
  /** Bytes of the whole object. */
  readonly size: number
  /** SHA-256(H0 || salt || commitment). */
  readonly headDigest: Uint8Array
  /**
   * The object. Throws SourceChanged before its last chunk when the plaintext isn't the announced one.
   * @param memory `lent`: each part is good until the next is asked for, for whoever writes or copies it before that;
   * it saves a third of the time that sealing a body takes, most of it garbage collection
   */
  stream(plaintext: Chunks, memory?: Memory): Chunks
}

/** Whose a part of a stream is: the taker's, or lent to it until it asks for the next. */
export type Memory = 'given' | 'lent'

const ZERO_NONCE = new Uint8Array(12)
/** Sealed chunks made and handed out together, so that a writer gets 256 KiB at a time. */
const BATCH = 16

function levelOf(recipients: SealRequest['recipients']): KemLevel {
  const { level } = recipients[0].kem
  if (recipients.some(({ kem }) => kem.level !== level)) throw new RangeError('recipients of different ML-KEM levels')
  return level
}

function metadataWithChaos(
  primitives: Primitives,
  dek: Uint8Array,
  request: SealRequest,
): { meta: Uint8Array; chaos?: Chaos } {
  const plain = { ...request.metadata, random: primitives.random(32) }
  if (request.permute === false) return { meta: encodeMetadata(plain) }
  const { featureDigest } = request.metadata
  if (featureDigest) {
    const chaos = chaosFromFeatures(featureDigest)
    const meta = encodeMetadata({ ...plain, chaos })
    if (orbitsPass(chaosSeed(primitives, dek, primitives.sha512(meta)), chaos)) return { meta, chaos }
  }
  return { meta: encodeMetadata({ ...plain, chaos: KNOWN_GOOD }), chaos: KNOWN_GOOD }
}

async function* body(
  keys: BodyKeys,
  request: SealRequest,
  primitives: Primitives,
  plaintext: Chunks,
  memory: Memory,
): AsyncGenerator<Uint8Array> {
  const hash = primitives.sha256Stream()
  const chunks = chunkCount(request.plaintextLength)
  let length = 0
  let k = 0
  let batch = new Uint8Array(Math.min(BATCH, chunks) * SEALED_CHUNK)
  let filled = 0
  for await (const chunk of pieces(plaintext)) {
    length += chunk.length
    if (length > request.plaintextLength) throw new SourceChanged()
    // Not before another chunk came: the last one leaves only after the digest was compared.
    if (filled === batch.length) {
      yield batch
      if (memory === 'given') batch = new Uint8Array(Math.min(BATCH, chunks - k) * SEALED_CHUNK)
      filled = 0
    }
    hash.update(chunk)
    filled = sealChunkTo(keys, batch, filled, chunk, k++)
  }
  if (length !== request.plaintextLength || !equal(hash.digest(), request.metadata.sha256)) throw new SourceChanged()
  yield batch.subarray(0, filled)
}

/** One DEK for one body: the stream may be taken once. @throws Unavailable, RangeError */
export async function sealObject(primitives: Primitives, request: SealRequest): Promise<SealedObject> {
  const dek = primitives.random(32)
  const facts: Facts = {
    suite: suiteOf(levelOf(request.recipients)),
    objectId: request.objectId ?? primitives.random(16),
    created: request.created,
    tier: request.tier,
    plaintextLength: request.plaintextLength,
    permuted: request.permute !== false,
    ...(request.rendition && { rendition: request.rendition }),
  }
  const factsBytes = encodeFacts(facts)
  const { meta, chaos } = metadataWithChaos(primitives, dek, request)
  const metadataKey = expand(primitives, dek, label('safelight/v1/meta'), 32)
  const sealed = primitives.aes256GcmSiv(metadataKey).seal(ZERO_NONCE, meta, factsPart(factsBytes))
  const h0 = headerPart(factsBytes, sealed)
  const headHash = primitives.sha512(h0)
  const binding = { stackId: request.stackId, objectId: facts.objectId, suite: facts.suite, facts: factsBytes }
  const envelope = await makeEnvelope(primitives, request.recipients, binding, headHash, dek)
  const salt = primitives.random(SALT)
  const keys = bodyKeys(primitives, dek, primitives.sha512(meta), headHash, salt, chaos)
  dek.fill(0)
  const head = concat(h0, u32(envelope.length), envelope, salt, keys.commitment)
  let taken = false
  return {
    objectId: facts.objectId,
    facts,
    size: h0.length + 4 + envelope.length + bodySize(facts.plaintextLength),
    headDigest: primitives.sha256(h0, salt, keys.commitment),
    async *stream(plaintext, memory = 'given') {
      // A second body under the same nonces would give both away.
      if (taken) throw new Error('a sealed object can be streamed once')
      taken = true
      yield head
      yield* body(keys, request, primitives, plaintext, memory)
    },
  }
}
