/** The permutation of chunks (docs/FORMAT.md sections 8.2 and 8.3): a bijection, different from chunk to chunk, frozen. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KNOWN_GOOD } from '../../shared/chaos/checks.ts'
import { affine, type ChunkPermutation, chunkPermutation } from '../../shared/chaos/permutation.ts'

const BLOCK = 16
const BLOCKS = 1024
const CHUNK = BLOCK * BLOCKS
const LAST_CHUNK = 2 ** 38 - 1
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
const odd = fc.nat(2 ** 32 - 1).map((value) => (value | 1) >>> 0)
const word = fc.nat(2 ** 32 - 1)
const chunkNumbers = fc.oneof(fc.nat(100), fc.constantFrom(2 ** 19, 2 ** 31, 2 ** 32, LAST_CHUNK), fc.nat(LAST_CHUNK))

/** The chunk whose every block is its own number. */
function numbered(length: number): Uint8Array {
  const chunk = Uint8Array.from({ length }, (_, i) => i * 7)
  const view = new DataView(chunk.buffer)
  for (let i = 0; i < Math.floor(length / BLOCK); i++) view.setUint32(i * BLOCK, i)
  return chunk
}

/** Where each block of the permuted chunk came from. */
function orderOf(permutation: ChunkPermutation, length: number, k: number): number[] {
  const permuted = permutation.forward(numbered(length), k)
  const view = new DataView(permuted.buffer, permuted.byteOffset, permuted.length)
  return Array.from({ length: Math.floor(length / BLOCK) }, (_, i) => view.getUint32(i * BLOCK))
}

const fixedSeed = Uint8Array.from({ length: 32 }, (_, i) => i)
const fixed = () => chunkPermutation(fixedSeed, KNOWN_GOOD)

describe('forward and back', () => {
  test('give the same bytes, for any length, chunk number, seed and parameter', () => {
    fc.assert(
      fc.property(seeds, odd, fc.integer({ min: 0, max: CHUNK }), chunkNumbers, fc.nat(3), (seed, k, length, n, at) => {
        const permutation = chunkPermutation(seed, { map: 1, parameters: [k] })
        // Slices of larger buffers aren't aligned.
        const chunk = numbered(length + at).subarray(at)
        const permuted = permutation.forward(chunk, n)
        expect(permuted.length).toBe(length)
        expect(Buffer.compare(permutation.back(permuted, n), chunk)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('give the same bytes for every length that no two whole blocks fill, and leave those alone', () => {
    for (let length = 0; length < 32; length++) {
      expect(Buffer.compare(fixed().forward(numbered(length), 0), numbered(length))).toBe(0)
    }
  })

  test('leave the tail under 16 bytes where it is', () => {
    for (const length of [33, 47, 1000, CHUNK - 1]) {
      const tail = length % BLOCK
      expect([...fixed().forward(numbered(length), 0).subarray(-tail)]).toEqual([...numbered(length).subarray(-tail)])
    }
  })

  test('are the same for a node Buffer at any offset, whose slice() copies nothing', () => {
    for (const length of [CHUNK, 1000]) {
      for (const at of [0, 1, 2, 3, 4]) {
        const buffer = Buffer.concat([Buffer.alloc(at, 0xee), numbered(length)]).subarray(at)
        const permuted = fixed().forward(buffer, 3)
        expect(Buffer.compare(permuted, fixed().forward(numbered(length), 3))).toBe(0)
        const shifted = Buffer.concat([Buffer.alloc(at, 0xee), permuted]).subarray(at)
        expect(Buffer.compare(fixed().back(shifted, 3), numbered(length))).toBe(0)
      }
    }
  })

  test('work in scratch memory and in place: forward leaves its chunk, back gives its own', () => {
    for (const length of [CHUNK, 1000, 20]) {
      const chunk = numbered(length)
      const permuted = fixed().forward(chunk, 3).slice()
      expect(Buffer.compare(chunk, numbered(length))).toBe(0)
      expect(fixed().back(permuted, 3)).toBe(permuted)
      expect(Buffer.compare(permuted, chunk)).toBe(0)
    }
  })

  test('depend on the chunk alone, not on what was asked before', () => {
    const [once, often] = [fixed(), fixed()]
    for (const k of [5, 0, 17]) often.forward(numbered(CHUNK), k)
    often.forward(numbered(500), 9)
    expect(orderOf(often, CHUNK, 4)).toEqual(orderOf(once, CHUNK, 4))
    expect(orderOf(often, 700, 4)).toEqual(orderOf(once, 700, 4))
  })
})

describe('affine pairs', () => {
  test('are what the spec says, in integers of any size', () => {
    const bits = 1n << 19n
    fc.assert(
      fc.property(odd, word, odd, chunkNumbers, (p, q, m, k) => {
        let u = (BigInt(p) * BigInt(k) + BigInt(q)) % bits
        u ^= u / 1024n
        u = (BigInt(m) * u) % bits
        u ^= u / 512n
        expect(affine(p, q, m, k)).toEqual({ a: Number(2n * (u / 1024n) + 1n), r: Number(u % 1024n) })
      }),
      { numRuns: 5000 },
    )
  })

  test('are all different for 2^19 consecutive chunks, a odd and below 1,024', () => {
    for (const [p, q, m, start] of [
      [0xdeadbeef, 0x12345678, 0x9e3779b9, 0],
      [1, 0, 1, 2 ** 38 - 2 ** 19],
    ] as const) {
      const seen = new Uint8Array(2 ** 19)
      let distinct = 0
      for (let k = start; k < start + 2 ** 19; k++) {
        const { a, r } = affine(p, q, m, k)
        if (a % 2 !== 1 || a < 1 || a > 1023 || r < 0 || r > 1023) throw new Error(`out of range at ${k}`)
        const pair = (a >> 1) * 1024 + r
        distinct += 1 - (seen[pair] ?? 0)
        seen[pair] = 1
      }
      expect(distinct).toBe(2 ** 19)
    }
  })
})

describe('chunks', () => {
  test.each([
    [1, [0x9e3779b9]],
    [2, [0x85ebca6b, 0xc2b2ae35]],
  ])('1,000 of them have 1,000 permutations, by map %i', (map, parameters) => {
    const permutation = chunkPermutation(fixedSeed, { map, parameters })
    const orders = new Set(Array.from({ length: 1000 }, (_, k) => orderOf(permutation, CHUNK, k).join()))
    expect(orders.size).toBe(1000)
  })

  test('hold every block once', () => {
    const permutation = fixed()
    const first = orderOf(permutation, CHUNK, 0)
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: BLOCKS }, (_, i) => i))
  })

  test('of another seed, or another parameter, are permuted otherwise', () => {
    const otherSeed = chunkPermutation(fixedSeed.toReversed(), KNOWN_GOOD)
    const otherParameter = chunkPermutation(fixedSeed, { map: 1, parameters: [3] })
    for (const length of [CHUNK, 600]) {
      for (const other of [otherSeed, otherParameter]) {
        expect(orderOf(other, length, 0)).not.toEqual(orderOf(fixed(), length, 0))
      }
    }
  })

  test('of a map that nobody knows are refused', () => {
    expect(() => chunkPermutation(fixedSeed, { map: 3, parameters: [1] })).toThrow(RangeError)
  })
})

/** A refactoring that changes one of these changes the format: objects that were sealed would open to other bytes. */
describe('known answers', () => {
  const digest = (order: readonly number[]) => order.reduce((sum, source) => (Math.imul(sum, 31) + source) >>> 0, 7)

  const answers: readonly (readonly [number, readonly number[], number, number, readonly number[], number])[] = [
    [1, [0x9e3779b9], CHUNK, 0, [224, 790, 897, 950, 152, 689], 364432001],
    [1, [0x9e3779b9], CHUNK, 1, [221, 396, 590, 744, 627, 762], 1803663501],
    [1, [0x9e3779b9], CHUNK, 2 ** 38 - 1, [479, 370, 420, 913, 619, 815], 1180925633],
    [1, [0x9e3779b9], 16_383, 3, [838, 300, 414, 913, 436, 795], 1427410226],
    [1, [0x9e3779b9], 100, 0, [5, 0, 4, 3, 2, 1], 2060826336],
    // Also what a Python reading of the page gives.
    [2, [0x85ebca6b, 0xc2b2ae35], CHUNK, 0, [619, 911, 1023, 276, 964, 259], 3570508239],
    [2, [0x85ebca6b, 0xc2b2ae35], CHUNK, 1, [337, 319, 198, 5, 542, 385], 139498447],
    [2, [0x85ebca6b, 0xc2b2ae35], CHUNK, 2 ** 38 - 1, [595, 26, 400, 863, 813, 743], 3437963727],
    [2, [0x85ebca6b, 0xc2b2ae35], 16_383, 3, [932, 872, 545, 612, 801, 206], 491700014],
    [2, [0x85ebca6b, 0xc2b2ae35], 100, 0, [2, 3, 4, 0, 5, 1], 1977706656],
  ]
  test.each(answers)('map %i, %j: %i bytes of chunk %i', (map, parameters, length, k, begins, whole) => {
    const order = orderOf(chunkPermutation(fixedSeed, { map, parameters }), length, k)
    expect(order.slice(0, 6)).toEqual(begins)
    expect(digest(order)).toBe(whole)
  })
})
