/** The two kernels that move blocks give the same bytes: those of the definition, for every walk through every table. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assemble, op } from '../../shared/chaos/assemble.ts'
import { BLOCK, BLOCKS, CHUNK, type Kernel, kernel, simdKernel, typedArrayKernel } from '../../shared/chaos/kernel.ts'

/** Blocks one after the other, byte by byte, as docs/FORMAT.md section 8 has it. */
function definition(chunk: Uint8Array, pi: readonly number[], gather: boolean): Uint8Array {
  const out = chunk.slice()
  for (const [i, j] of pi.entries()) {
    const [from, to] = gather ? [j, i] : [i, j]
    for (let byte = 0; byte < BLOCK; byte++) out[to * BLOCK + byte] = chunk[from * BLOCK + byte] ?? 0
  }
  return out
}

function simd(): Kernel {
  const found = simdKernel()
  if (!found) throw new Error('this runtime has WebAssembly SIMD, and the module is refused')
  return found
}

const bytes = (seed: number, length: number) =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 13)
const kernels = [
  ['WebAssembly', simd()],
  ['typed arrays', typedArrayKernel()],
] as const

/** A shuffled order of 0..n-1. */
const orders = (n: number) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n, maxLength: n })
const tableOf = (order: readonly number[]) => {
  const table = new Uint16Array(BLOCKS)
  for (const [i, block] of order.entries()) table[i] = block * BLOCK
  return table
}

describe.each(kernels)('the kernel of %s', (_name, by) => {
  test('moves the blocks of a full chunk by table and affine pair', () => {
    fc.assert(
      fc.property(orders(BLOCKS), fc.nat(511), fc.nat(1023), fc.nat(), fc.nat(3), (order, half, r, seed, at) => {
        const a = 2 * half + 1
        const chunk = bytes(seed, CHUNK + at).subarray(at)
        const walk = { table: tableOf(order), n: BLOCKS, a, r }
        const pi = order.map((_, i) => order[(a * i + r) % BLOCKS] ?? 0)
        expect(Buffer.compare(by.gather(chunk, walk), definition(chunk, pi, true))).toBe(0)
        expect(Buffer.compare(by.scatter(chunk, walk), definition(chunk, pi, false))).toBe(0)
      }),
      { numRuns: 40 },
    )
  })

  test('moves the blocks of a short chunk, and leaves its tail', () => {
    const short = fc.integer({ min: 32, max: CHUNK - 1 })
    fc.assert(
      fc.property(
        short.chain((length) => fc.tuple(fc.constant(length), orders(Math.floor(length / BLOCK)))),
        fc.nat(),
        ([length, order], seed) => {
          const chunk = bytes(seed, length)
          const walk = { table: tableOf(order), n: order.length, a: 1, r: 0 }
          expect(Buffer.compare(by.gather(chunk, walk), definition(chunk, order, true))).toBe(0)
          expect(Buffer.compare(by.scatter(chunk, walk), definition(chunk, order, false))).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('remembers no table, length or chunk of the call before', () => {
    const identity = { table: tableOf([...Array(BLOCKS).keys()]), n: BLOCKS, a: 1, r: 0 }
    const reverse = { ...identity, table: identity.table.toReversed() }
    const [long, short] = [bytes(1, CHUNK), bytes(2, 100)]
    const expected = definition(long, [...Array(BLOCKS).keys()].reverse(), true)
    for (const before of [identity, reverse]) {
      by.gather(bytes(3, CHUNK), before)
      expect(Buffer.compare(by.gather(long, reverse), expected)).toBe(0)
      expect(Buffer.compare(by.scatter(short, { ...identity, n: 6 }), short)).toBe(0)
    }
  })
})

test('the kernel in use is the fast one, where the platform has it', () => {
  const walk = { table: tableOf([1, 0]), n: 2, a: 1, r: 0 }
  const first = kernel.gather(bytes(4, 40), walk)
  // WebAssembly's memory can't be detached; an ordinary buffer can.
  const { buffer } = first
  if (!(buffer instanceof ArrayBuffer)) throw new Error('not shared')
  expect(() => structuredClone(buffer, { transfer: [buffer] })).toThrow()
})

describe('the assembler', () => {
  test('writes numbers of any size so that they come back', async () => {
    for (const value of [0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 31 - 1, -1, -64, -65, -(2 ** 31)]) {
      const code = [...op.constant(4), ...op.constant(value), ...[0x36, 2, 0]]
      const binary = assemble(1, [{ name: 'put', parameters: 0, locals: 0, code }])
      const { instance } = await instantiate(binary)
      instance.exports.put()
      expect(new Int32Array(instance.exports.memory.buffer)[1]).toBe(value)
    }
  })
})

declare const WebAssembly: {
  instantiate(binary: Uint8Array<ArrayBuffer>): Promise<{
    readonly instance: { readonly exports: { put(): void; readonly memory: { readonly buffer: ArrayBuffer } } }
  }>
}

function instantiate(binary: Uint8Array<ArrayBuffer>) {
  return WebAssembly.instantiate(binary)
}
