/**
 * The permutation of each chunk's 16-byte blocks before encryption and back after it (docs/FORMAT.md section 8):
 * one shuffled base an object, composed with an affine map that differs from chunk to chunk, at almost no cost.
 */
import { BLOCK, BLOCKS, CHUNK, type Kernel, kernel, type Walk } from './kernel.ts'
import { mapById } from './maps.ts'
import { draws, shuffle } from './orbit.ts'

export { BLOCK, BLOCKS }

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
  /**
   * Reorders the bytes of chunk k (16,384, or fewer for the last). What it gives is good until the next call of any
   * permutation: it may be scratch memory, or the chunk itself.
   */
  forward(chunk: Uint8Array, k: number): Uint8Array
  /** Puts them back, in place, and gives the chunk. */
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

/** The order as the kernel wants it: 1,024 byte offsets. */
function tableOf(order: Uint16Array): Uint16Array {
  const table = new Uint16Array(BLOCKS)
  for (let i = 0; i < order.length; i++) table[i] = (order[i] as number) * BLOCK
  return table
}

/**
 * @param seed 32 bytes, the chaos seed
 * @param chaos accepted by `validChaos`
 * @param by what moves the blocks; for tests
 */
export function chunkPermutation(seed: Uint8Array, chaos: Chaos, by: Kernel = kernel): ChunkPermutation {
  const map = mapById(chaos.map)
  if (!map) throw new RangeError('unknown chaotic map')
  const view = new DataView(seed.buffer, seed.byteOffset, 32)
  const drawn = (pair: number, n: number) =>
    draws(map, chaos.parameters, view.getUint32(8 * pair), view.getUint32(8 * pair + 4), n)

  const table = tableOf(shuffle(drawn(0, BLOCKS - 1)))
  const [p = 0, q = 0, m = 0] = drawn(1, 3)

  function walkOf(length: number, k: number): Walk | undefined {
    if (length === CHUNK) return { table, n: BLOCKS, ...affine(p | 1, q, m | 1, k) }
    const n = Math.floor(length / BLOCK)
    return n < 2 ? undefined : { table: tableOf(shuffle(drawn(2, n - 1))), n, a: 1, r: 0 }
  }

  return {
    forward(chunk, k) {
      const walk = walkOf(chunk.length, k)
      return walk ? by.gather(chunk, walk) : chunk
    },
    back(chunk, k) {
      const walk = walkOf(chunk.length, k)
      if (walk) chunk.set(by.scatter(chunk, walk))
      return chunk
    },
  }
}
