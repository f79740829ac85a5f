/**
 * The body: C2SP chunked-encryption, instance Cobblestone-256, over the permuted plaintext (docs/FORMAT.md section 7).
 */
import { type ChunkPermutation, chunkPermutation, identity } from '../chaos/permutation.ts'
import { concat, equal, label, text } from '../keys/encoding.ts'
import { expand } from '../keys/expand.ts'
import { type Aead, AuthenticationFailed, type Chunks, type Primitives } from '../platform/ports.ts'
import { CHUNK, COMMITMENT, SALT, TAG } from './layout.ts'
import type { Metadata } from './metadata.ts'

const INFO = concat(text('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM'), Uint8Array.of(0))

/** An AEAD that can also write into memory that is there already: a body's chunks go side by side into one batch. */
export interface BatchAead extends Aead {
  /** As `seal` without additional data, to `out` from `at` on: 16 bytes more than the plaintext. */
  sealTo(out: Uint8Array, at: number, nonce: Uint8Array, plaintext: Uint8Array): void
}

function writesInPlace(aead: Aead): aead is BatchAead {
  return 'sealTo' in aead
}

export interface BodyKeys {
  readonly aead: Aead
  readonly base: Uint8Array
  readonly commitment: Uint8Array
  readonly permutation: ChunkPermutation
}

/** base XOR k, k as a 12-byte big-endian integer: k reaches 2^38, so no 32-bit operator touches it whole. */
export function chunkNonce(base: Uint8Array, k: number): Uint8Array {
  const nonce = Uint8Array.from(base)
  let rest = k
  for (let i = nonce.length - 1; rest > 0; i--) {
    nonce[i] = (nonce[i] ?? 0) ^ (rest % 256)
    rest = Math.floor(rest / 256)
  }
  return nonce
}

/** The chaos seed: 32 bytes that depend on the DEK and on all metadata. */
export function chaosSeed(primitives: Primitives, dek: Uint8Array, metaHash: Uint8Array): Uint8Array {
  return expand(primitives, dek, concat(label('safelight/v1/chaos'), metaHash), 32)
}

/**
 * @param metaHash SHA-512 of the padded metadata plaintext
 * @param headHash SHA-512(H0)
 * @param salt 24 bytes
 */
export function bodyKeys(
  primitives: Primitives,
  dek: Uint8Array,
  metaHash: Uint8Array,
  headHash: Uint8Array,
  salt: Uint8Array,
  chaos: Metadata['chaos'],
): BodyKeys {
  const input = expand(primitives, dek, concat(label('safelight/v1/body'), metaHash), 32)
  const context = concat(label('safelight/v1/body'), headHash)
  const okm = expand(primitives, input, concat(INFO, salt, context), 32 + 12 + COMMITMENT)
  return {
    aead: primitives.aes256Gcm(okm.slice(0, 32)),
    base: okm.slice(32, 44),
    commitment: okm.slice(44),
    permutation: chaos ? chunkPermutation(chaosSeed(primitives, dek, metaHash), chaos) : identity,
  }
}

export function sealChunk(keys: BodyKeys, chunk: Uint8Array, k: number): Uint8Array {
  return keys.aead.seal(chunkNonce(keys.base, k), keys.permutation.forward(chunk, k))
}

/** `sealChunk`, to `out` from `at` on. @returns where it ends */
export function sealChunkTo(keys: BodyKeys, out: Uint8Array, at: number, chunk: Uint8Array, k: number): number {
  const nonce = chunkNonce(keys.base, k)
  const permuted = keys.permutation.forward(chunk, k)
  if (writesInPlace(keys.aead)) keys.aead.sealTo(out, at, nonce, permuted)
  else out.set(keys.aead.seal(nonce, permuted), at)
  return at + chunk.length + TAG
}

/** @throws AuthenticationFailed */
export function openChunk(keys: BodyKeys, sealed: Uint8Array, k: number): Uint8Array {
  const permuted = keys.aead.open(chunkNonce(keys.base, k), sealed)
  if (!permuted) throw new AuthenticationFailed()
  return keys.permutation.back(permuted, k)
}

/** Constant time. `bodyHead` is `salt || commitment`. @throws AuthenticationFailed */
export function checkCommitment(keys: BodyKeys, bodyHead: Uint8Array): void {
  if (!equal(keys.commitment, bodyHead.subarray(SALT))) throw new AuthenticationFailed()
}

/** Cuts a stream into pieces of exactly `size` bytes and one shorter last piece, perhaps empty. Holds one piece. */
export async function* pieces(stream: Chunks, size = CHUNK): Chunks {
  let held = new Uint8Array(size)
  let filled = 0
  for await (const part of stream) {
    let at = 0
    while (at < part.length) {
      if (filled === 0 && part.length - at >= size) {
        yield part.subarray(at, at + size)
        at += size
        continue
      }
      const take = Math.min(size - filled, part.length - at)
      held.set(part.subarray(at, at + take), filled)
      filled += take
      at += take
      if (filled === size) {
        yield held
        held = new Uint8Array(size)
        filled = 0
      }
    }
  }
  yield held.subarray(0, filled)
}
