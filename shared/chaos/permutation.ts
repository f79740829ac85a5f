/**
 * The permutation of each chunk's 16-byte blocks before encryption and back after it (docs/FORMAT.md section 8):
 * one shuffled base an object, composed with an affine map that differs from chunk to chunk, at almost no cost.
 */
import { mapById } from './maps.ts'
import { orbit, shuffle } from './orbit.ts'

export const BLOCK = 16
/** Blocks of a full chunk. */
export const BLOCKS = 1024
const CHUNK = BLOCK * BLOCKS
const WORDS = BLOCK / 4
const MASK_19 = 2 ** 19 - 1

/** What the metadata records: which map, with which parameters. */
export interface Chaos {
  readonly map: number
  readonly parameters: readonly number[]
}

/** True when readers accept it. */
export function validChaos(chaos: Chaos): boolean {
  return mapById(chaos.map)?.valid(chaos.parameters) ?? false
}

export interface ChunkPermutation {
  /** Reorders the bytes of chunk k (16,384, or fewer for the last) into a new array. */
  forward(chunk: Uint8Array, k: number): Uint8Array
  /** Puts them back. */
  back(chunk: Uint8Array, k: number): Uint8Array
}

/** The identity, for objects without transform 01. */
export const identity: ChunkPermutation = { forward: (chunk) => chunk, back: (chunk) => chunk }

/** Chunk k's affine pair: a odd, both below 1,024; a bijection of k mod 2^19 onto the pairs. */
export function affine(p: number, q: number, m: number, k: number): { a: number; r: number } {
  let u = (Math.imul(p, k % 2 ** 19) + q) & MASK_19
  u ^= u >>> 10
  u = Math.imul(m, u) & MASK_19
  u ^= u >>> 9
  return { a: 2 * (u >>> 10) + 1, r: u & 1023 }
}

// Views need alignment, and chunks come as slices of larger buffers.
function words(chunk: Uint8Array, n: number): Uint32Array {
  if (chunk.byteOffset % 4 === 0) return new Uint32Array(chunk.buffer, chunk.byteOffset, n * WORDS)
  // Not slice(): on node's Buffer, which is a Uint8Array, that copies nothing.
  const copy = new Uint8Array(n * BLOCK)
  copy.set(chunk.subarray(0, n * BLOCK))
  return new Uint32Array(copy.buffer, 0, n * WORDS)
}

/** out block i = in block pi(i) */
function gather(chunk: Uint8Array, pi: Uint16Array): Uint8Array {
  const n = pi.length
  const out = new Uint8Array(chunk.length)
  const to = new Uint32Array(out.buffer, 0, n * WORDS)
  const from = words(chunk, n)
  for (let i = 0; i < n; i++) {
    const source = (pi[i] as number) * WORDS
    const target = i * WORDS
    to[target] = from[source] as number
    to[target + 1] = from[source + 1] as number
    to[target + 2] = from[source + 2] as number
    to[target + 3] = from[source + 3] as number
  }
  out.set(chunk.subarray(n * BLOCK), n * BLOCK)
  return out
}

/** out block pi(i) = in block i */
function scatter(chunk: Uint8Array, pi: Uint16Array): Uint8Array {
  const n = pi.length
  const out = new Uint8Array(chunk.length)
  const to = new Uint32Array(out.buffer, 0, n * WORDS)
  const from = words(chunk, n)
  for (let i = 0; i < n; i++) {
    const source = i * WORDS
    const target = (pi[i] as number) * WORDS
    to[target] = from[source] as number
    to[target + 1] = from[source + 1] as number
    to[target + 2] = from[source + 2] as number
    to[target + 3] = from[source + 3] as number
  }
  out.set(chunk.subarray(n * BLOCK), n * BLOCK)
  return out
}

/**
 * @param seed 32 bytes, the chaos seed
 * @param chaos accepted by `validChaos`
 */
export function chunkPermutation(seed: Uint8Array, chaos: Chaos): ChunkPermutation {
  const map = mapById(chaos.map)
  if (!map) throw new RangeError('unknown chaotic map')
  const view = new DataView(seed.buffer, seed.byteOffset, 32)
  const start = (pair: number) => orbit(map, chaos.parameters, view.getUint32(8 * pair), view.getUint32(8 * pair + 4))

  const base = shuffle(start(0), BLOCKS)
  const steps = start(1)
  const p = (steps() | 1) >>> 0
  const q = steps()
  const m = (steps() | 1) >>> 0
  const pi = new Uint16Array(BLOCKS)

  function order(length: number, k: number): Uint16Array | undefined {
    if (length === CHUNK) {
      const { a, r } = affine(p, q, m, k)
      for (let i = 0; i < BLOCKS; i++) pi[i] = base[(a * i + r) & (BLOCKS - 1)] as number
      return pi
    }
    const n = Math.floor(length / BLOCK)
    return n < 2 ? undefined : shuffle(start(2), n)
  }

  return {
    forward(chunk, k) {
      const found = order(chunk.length, k)
      return found ? gather(chunk, found) : chunk
    },
    back(chunk, k) {
      const found = order(chunk.length, k)
      return found ? scatter(chunk, found) : chunk
    },
  }
}
