/** Sizes, offsets and nonces against exact integers, up to the largest object that the format allows. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, hex, u32 } from '../../shared/keys/encoding.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'
import { chunkNonce, pieces } from '../../shared/vault/body.ts'
import { MAX_PLAINTEXT } from '../../shared/vault/facts.ts'
import { bodySize, chunkCount, headLength, MAX_HEAD, parseHeader } from '../../shared/vault/layout.ts'
import { forge } from '../support/forge.ts'
import { recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { collect, pattern, streamOf } from '../support/memory.ts'

const { object } = await forge({
  stackId: TEST_KEYS.stack,
  recipients: [recipientOf(TEST_KEYS, 768)],
  plaintext: pattern(100),
})

describe('the nonce of chunk k', () => {
  const exact = (base: Uint8Array, k: number) => (BigInt(`0x${hex(base)}`) ^ BigInt(k)).toString(16).padStart(24, '0')

  test('is base XOR k, for any k to 2^38 - 1', () => {
    const chunks = fc.oneof(
      fc.constantFrom(0, 1, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 38 - 1),
      fc.nat(2 ** 38 - 1),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), chunks, (base, k) => {
        const before = hex(base)
        expect(hex(chunkNonce(base, k))).toBe(exact(base, k))
        expect(hex(chunkNonce(Buffer.from(base), k))).toBe(exact(base, k))
        expect(hex(base)).toBe(before)
      }),
      { numRuns: 1000 },
    )
  })

  test('leaves the base as it is, a node Buffer too', () => {
    const base = Buffer.alloc(12, 7)
    chunkNonce(base, 0xffff)
    expect(base.equals(Buffer.alloc(12, 7))).toBe(true)
  })

  test('tells chunks 2^32 apart', () => {
    const base = pattern(12)
    expect(hex(chunkNonce(base, 5))).not.toBe(hex(chunkNonce(base, 2 ** 32 + 5)))
  })
})

describe('sizes', () => {
  test('are 56 + L + 16 * (floor(L / 16384) + 1), exactly, for any L', () => {
    const lengths = fc.oneof(
      fc.constantFrom(0, 16_383, 16_384, MAX_PLAINTEXT),
      fc.integer({ min: 0, max: MAX_PLAINTEXT }),
    )
    fc.assert(
      fc.property(lengths, (length) => {
        const exact = 56n + BigInt(length) + 16n * (BigInt(length) / 16_384n + 1n)
        expect(BigInt(bodySize(length))).toBe(exact)
        expect(Number.isSafeInteger(bodySize(length))).toBe(true)
      }),
      { numRuns: 1000 },
    )
    expect(chunkCount(MAX_PLAINTEXT)).toBe(2 ** 38)
  })

  test('of another object are refused by size alone', () => {
    expect(parseHeader(object, object.length).facts.plaintextLength).toBe(100)
    for (const size of [0, 1, object.length - 1, object.length + 1, object.length + 16_400, 2 ** 53 - 1]) {
      expect(() => parseHeader(object, size)).toThrow(AuthenticationFailed)
    }
  })
})

describe('the length of the head', () => {
  test('is known once the lengths are, and a safe guess before', () => {
    const { bodyOffset } = parseHeader(object, object.length)
    expect(headLength(object)).toBe(bodyOffset + 56)
    for (let known = 0; known < object.length; known++) {
      expect([bodyOffset + 56, MAX_HEAD]).toContain(headLength(object.subarray(0, known)))
    }
  })

  test('is never more than the format allows, whatever a prefix says: what is read first is bounded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        expect(headLength(data)).toBeLessThanOrEqual(MAX_HEAD)
        expect(headLength(concat(object.subarray(0, 4), data))).toBeLessThanOrEqual(MAX_HEAD)
      }),
    )
    const { h0 } = parseHeader(object, object.length)
    expect(headLength(concat(h0, u32(0xffffffff)))).toBe(MAX_HEAD)
  })
})

describe('pieces', () => {
  test('are as long as asked, then one shorter, for any cut of the stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(200),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (length, size, cut) => {
          const data = pattern(length)
          const cuts: Uint8Array[] = []
          for await (const piece of pieces(streamOf(data, cut), size)) cuts.push(piece.slice())
          expect(hex(concat(...cuts))).toBe(hex(data))
          expect(cuts.slice(0, -1).every((piece) => piece.length === size)).toBe(true)
          expect(cuts.at(-1)).toHaveLength(length % size)
        },
      ),
    )
  })

  test('of nothing are one empty piece', async () => {
    expect(await collect(pieces(streamOf(new Uint8Array(0)), 5))).toHaveLength(0)
  })
})
