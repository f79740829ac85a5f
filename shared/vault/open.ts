/**
 * Opening: everything that needs no key first, then the DEK, the metadata, the commitment, and chunk by chunk what was
 * asked for. No plaintext leaves before its chunk verified (docs/FORMAT.md section 9).
 */
import type { Binding } from '../keys/context.ts'
import { hex, label } from '../keys/encoding.ts'
import { checkEnvelopeMac, type Envelope, openEnvelope, parseEnvelope } from '../keys/envelope.ts'
import { expand } from '../keys/expand.ts'
import type { Keyring } from '../keys/wrap.ts'
import { AuthenticationFailed, type ByteRange, type Chunks, type Primitives } from '../platform/ports.ts'
import { bodyKeys, checkCommitment, openChunk, pieces } from './body.ts'
import { type Facts, levelOf } from './facts.ts'
import {
  BODY_HEAD,
  CHUNK,
  chunkCount,
  factsPart,
  type Header,
  headLength,
  parseHeader,
  SALT,
  SEALED_CHUNK,
} from './layout.ts'
import { type Metadata, parseMetadata } from './metadata.ts'

/** A stored object that can be read in ranges. */
export interface SealedSource {
  /** Bytes. */
  readonly size: number
  read(range: ByteRange): Promise<Chunks>
}

/** What a catalogue reader expects. */
export interface Expectation {
  /** 32 hex digits. */
  readonly objectId?: string
  /** SHA-256(H0 || salt || commitment), hex. */
  readonly headDigest?: string
  /** The generation that the catalogue names, and the newer envelope beside the object, where there is one. */
  readonly envelope?: { readonly generation: number; readonly bytes?: Uint8Array }
}

export interface OpenedObject {
  readonly facts: Facts
  readonly metadata: Metadata
  readonly headDigest: Uint8Array
  /** The plaintext, or an inclusive range of it. @throws RangeError when the range isn't within the plaintext */
  stream(range?: ByteRange): Chunks
}

export interface SealedHead {
  readonly header: Header
  /** `salt || commitment` */
  readonly bodyHead: Uint8Array
  readonly headDigest: Uint8Array
}

const FIRST_READ = 16_384
const ZERO_NONCE = new Uint8Array(12)

async function readAll(source: SealedSource, first: number, last: number): Promise<Uint8Array> {
  const out = new Uint8Array(last - first + 1)
  let at = 0
  for await (const part of await source.read({ first, last })) {
    if (part.length > out.length - at) throw new AuthenticationFailed()
    out.set(part, at)
    at += part.length
  }
  if (at !== out.length) throw new AuthenticationFailed()
  return out
}

/** Header and body head, with all checks that need no key. Reads 16 KiB, or what the header needs. @throws AuthenticationFailed, Unavailable */
export async function readHead(primitives: Primitives, source: SealedSource): Promise<SealedHead> {
  if (source.size === 0) throw new AuthenticationFailed()
  let prefix = await readAll(source, 0, Math.min(FIRST_READ, source.size) - 1)
  const needed = Math.min(headLength(prefix), source.size)
  if (needed > prefix.length) prefix = await readAll(source, 0, needed - 1)
  const header = parseHeader(prefix, source.size)
  const bodyHead = prefix.subarray(header.bodyOffset, header.bodyOffset + BODY_HEAD)
  if (bodyHead.length !== BODY_HEAD) throw new AuthenticationFailed()
  return { header, bodyHead, headDigest: primitives.sha256(header.h0, bodyHead) }
}

/** The envelope in use, after everything that needs no key was compared (docs/FORMAT.md section 9 step 2). @throws AuthenticationFailed */
export function expectedEnvelope({ header, headDigest }: SealedHead, expected: Expectation): Envelope {
  const { objectId, envelope: named } = expected
  if (objectId !== undefined && objectId !== hex(header.facts.objectId)) throw new AuthenticationFailed()
  if (expected.headDigest !== undefined && expected.headDigest !== hex(headDigest)) throw new AuthenticationFailed()
  const envelope = named?.bytes ? parseEnvelope(named.bytes, levelOf(header.facts.suite)) : header.envelope
  // Where a newer envelope is named and missing, the embedded one is a rollback.
  if (named && envelope.generation !== named.generation) throw new AuthenticationFailed()
  return envelope
}

export function bindingOf({ facts, factsBytes }: Header, { stackId }: Keyring): Binding {
  return { stackId, objectId: facts.objectId, suite: facts.suite, facts: factsBytes }
}

/** The DEK, from the envelope in use, with its MAC and the embedded one's checked. @throws AuthenticationFailed, Unavailable */
export async function unwrapDataKey(
  primitives: Primitives,
  keyring: Keyring,
  header: Header,
  envelope: Envelope,
): Promise<Uint8Array> {
  const headHash = primitives.sha512(header.h0)
  const level = levelOf(header.facts.suite)
  const dek = await openEnvelope(primitives, keyring, level, bindingOf(header, keyring), headHash, envelope)
  checkEnvelopeMac(primitives, dek, headHash, header.envelope)
  return dek
}

/** @throws AuthenticationFailed for whatever doesn't verify; Unavailable when a service doesn't answer */
export async function openObject(
  primitives: Primitives,
  keyring: Keyring,
  source: SealedSource,
  expected: Expectation = {},
): Promise<OpenedObject> {
  const head = await readHead(primitives, source)
  const { header, bodyHead } = head
  const { facts, factsBytes, sealedMetadata, h0, bodyOffset } = header
  const headHash = primitives.sha512(h0)
  const dek = await unwrapDataKey(primitives, keyring, header, expectedEnvelope(head, expected))
  const metadataKey = expand(primitives, dek, label('safelight/v1/meta'), 32)
  const meta = primitives.aes256GcmSiv(metadataKey).open(ZERO_NONCE, sealedMetadata, factsPart(factsBytes))
  if (!meta) throw new AuthenticationFailed()
  const metadata = parseMetadata(meta)
  if ((metadata.chaos !== undefined) !== facts.permuted) throw new AuthenticationFailed()
  if (facts.rendition && metadata.renditions) throw new AuthenticationFailed()
  const keys = bodyKeys(primitives, dek, primitives.sha512(meta), headHash, bodyHead.subarray(0, SALT), metadata.chaos)
  dek.fill(0)
  checkCommitment(keys, bodyHead)

  async function* chunks(firstChunk: number, lastChunk: number): Chunks {
    const start = bodyOffset + BODY_HEAD
    const sealed = await source.read({
      first: start + firstChunk * SEALED_CHUNK,
      last: Math.min(start + (lastChunk + 1) * SEALED_CHUNK, source.size) - 1,
    })
    let k = firstChunk
    for await (const piece of pieces(sealed, SEALED_CHUNK)) {
      // `pieces` ends with an empty piece when the range ended with a full chunk.
      if (k > lastChunk) {
        if (piece.length > 0) throw new AuthenticationFailed()
        return
      }
      yield openChunk(keys, piece, k++)
    }
    if (k <= lastChunk) throw new AuthenticationFailed()
  }

  async function* stream(range?: ByteRange): Chunks {
    const length = facts.plaintextLength
    if (!range) {
      yield* wholeOf(chunks(0, chunkCount(length) - 1), length)
      return
    }
    const { first, last } = range
    const whole = Number.isSafeInteger(first) && Number.isSafeInteger(last)
    if (!whole || first < 0 || first > last || last >= length)
      throw new RangeError('the range is not within the plaintext')
    let at = Math.floor(first / CHUNK) * CHUNK
    for await (const chunk of chunks(Math.floor(first / CHUNK), Math.floor(last / CHUNK))) {
      yield chunk.subarray(Math.max(first - at, 0), Math.min(last + 1 - at, chunk.length))
      at += chunk.length
    }
  }
  return { facts, metadata, headDigest: head.headDigest, stream }
}

// The source could hand out fewer bytes than it said; the last chunk's tag proves it did not.
async function* wholeOf(stream: Chunks, length: number): Chunks {
  let total = 0
  for await (const chunk of stream) {
    total += chunk.length
    if (chunk.length > 0) yield chunk
  }
  if (total !== length) throw new AuthenticationFailed()
}
