/** Properties of what sealed objects are made of: notation, contexts, CBOR, records, heads, and chunks under their own nonce alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KNOWN_GOOD } from '../../shared/chaos/checks.ts'
import { contextBytes } from '../../shared/keys/context.ts'
import { concat, hex, lp, reader, u8, u16, u32 } from '../../shared/keys/encoding.ts'
import { encodeEnvelope } from '../../shared/keys/envelope.ts'
import { unwrap, wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'
import { type BodyKeys, bodyKeys, chunkNonce, openChunk, sealChunk } from '../../shared/vault/body.ts'
import { decodeCbor, encodeCbor, type Value, type ValueMap } from '../../shared/vault/cbor.ts'
import { encodeFacts, type Facts } from '../../shared/vault/facts.ts'
import { bodySize, headerPart, headLength, parseHeader } from '../../shared/vault/layout.ts'
import { quickKeyringOf, recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('the byte notation', () => {
  const part = fc.oneof(
    fc.record({ as: fc.constant('u8' as const), value: fc.nat(2 ** 8 - 1) }),
    fc.record({ as: fc.constant('u16' as const), value: fc.nat(2 ** 16 - 1) }),
    fc.record({ as: fc.constant('u32' as const), value: fc.nat(2 ** 32 - 1) }),
    fc.record({ as: fc.constant('lp' as const), value: bytes(40) }),
  )
  type Part = typeof part extends fc.Arbitrary<infer T> ? T : never
  const writers = { u8, u16, u32 }
  const written = ({ as, value }: Part) => (as === 'lp' ? lp(value) : writers[as](value))

  test('is read back as what was written, to the end and no further', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const data = concat(...parts.map(written))
        const read = reader(data)
        for (const { as, value } of parts) expect(as === 'lp' ? read.lp(0, 40) : read[as]()).toEqual(value)
        expect(read.offset()).toBe(data.length)
        read.end()
        expect(() => read.u8()).toThrow(AuthenticationFailed)
      }),
    )
  })

  test('cut anywhere is refused, by whichever part it is missed in', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.nat(), (parts, at) => {
        const data = concat(...parts.map(written))
        const read = reader(data.subarray(0, at % data.length))
        expect(() => {
          for (const { as } of parts) as === 'lp' ? read.lp(0, 40) : read[as]()
        }).toThrow(AuthenticationFailed)
      }),
    )
  })
})

test('two encryption contexts have the same bytes only where they are the same', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'ü'), maxLength: 3 })
  const context = fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true })
  const sorted = (entries: Readonly<Record<string, string>>) =>
    Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
  fc.assert(
    fc.property(context, context, (a, b) => {
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(hex(contextBytes(a)) === hex(contextBytes(b))).toBe(same)
    }),
    { numRuns: 2000 },
  )
})

describe('CBOR', () => {
  const leaf: fc.Arbitrary<Value> = fc.oneof(fc.maxSafeNat(), bytes(30), fc.string({ unit: 'grapheme', maxLength: 10 }))
  const mapOf = (value: fc.Arbitrary<Value>): fc.Arbitrary<ValueMap> =>
    fc
      .uniqueArray(fc.tuple(fc.maxSafeNat(), value), { maxLength: 5, selector: ([key]) => key })
      .map((all) => new Map(all))
  const deeper = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
    fc.oneof(value, fc.array(value, { maxLength: 4 }), mapOf(value))
  // A text that begins with a byte order mark has no encoding that readers accept.
  const marked = (value: Value): boolean => {
    if (typeof value === 'string') return value.startsWith('\uFEFF')
    if (value instanceof Map) return [...value.values()].some(marked)
    return Array.isArray(value) && value.some(marked)
  }
  const anyMap = mapOf(deeper(deeper(deeper(leaf)))).filter((map) => !marked(map))

  test('of any map that nests four deep at most is decoded to that map, whatever order it was made in', () => {
    fc.assert(
      fc.property(anyMap, (map) => {
        const encoded = encodeCbor(map)
        expect(hex(encodeCbor(decodeCbor(encoded)))).toBe(hex(encoded))
        expect(hex(encodeCbor(new Map([...map].toReversed())))).toBe(hex(encoded))
        expect(new Map([...decodeCbor(encoded)].sort(([a], [b]) => a - b))).toEqual(
          new Map([...map].sort(([a], [b]) => a - b)),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('that nests five deep or more is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 300 }), leaf, (depth, value) => {
        let nested: Value = value
        for (let i = 0; i < depth; i++) nested = i % 2 === 0 ? [nested] : new Map([[1, nested]])
        expect(() => decodeCbor(encodeCbor(new Map([[1, nested]])))).toThrow(AuthenticationFailed)
      }),
    )
  })

  test('with a float, a negative or a large integer is refused', () => {
    const odd: fc.Arbitrary<Value> = fc.oneof(
      fc.double({ noNaN: true, noInteger: true }),
      fc.integer({ min: -(2 ** 31), max: -1 }),
      fc.constantFrom(2 ** 53, 2 ** 63, -0.5, Number.POSITIVE_INFINITY),
    )
    fc.assert(
      fc.property(odd, (value) => {
        expect(() => decodeCbor(encodeCbor(new Map([[1, value]])))).toThrow(AuthenticationFailed)
      }),
    )
  })
})

test('a record wrapped for any binding and DEK is unwrapped under it, and under no other', async () => {
  const keyring = quickKeyringOf(TEST_KEYS)
  const recipient = recipientOf(TEST_KEYS, 768)
  const bindings = fc.record({
    stackId: fc.string({ unit: fc.constantFrom(...'aZ09._-'), minLength: 1, maxLength: 64 }),
    objectId: exactly(16),
    suite: fc.constant(1),
    facts: bytes(100),
  })
  await fc.assert(
    fc.asyncProperty(bindings, exactly(32), fc.nat(15), async (binding, dek, at) => {
      const record = await wrap(primitives, recipient, binding, dek)
      expect(hex((await unwrap(primitives, keyring, 768, binding, record)) ?? u8(0))).toBe(hex(dek))
      const others = [
        { ...binding, objectId: binding.objectId.map((byte, i) => (i === at ? byte ^ 1 : byte)) },
        { ...binding, stackId: `${binding.stackId}x` },
        { ...binding, facts: concat(binding.facts, u8(0)) },
      ]
      for (const other of others) {
        await expect(unwrap(primitives, keyring, 768, other, record)).rejects.toThrow(AuthenticationFailed)
      }
    }),
    { numRuns: 25 },
  )
})

test('any head is parsed to what it was made of, and only with the size that its facts demand', () => {
  const records = fc.uniqueArray(
    fc.record({
      kemKeyId: fc.string({ unit: fc.constantFrom(...'k-0!~'), minLength: 1, maxLength: 256 }),
      ciphertext: fc.constant(pattern(1088)),
      kmsKeyId: fc.string({ unit: fc.constantFrom(...'arn:/'), minLength: 1, maxLength: 2048 }),
      blob: fc.uint8Array({ minLength: 1, maxLength: 6144 }),
      wrapped: exactly(48),
    }),
    { minLength: 1, maxLength: 6, selector: ({ kemKeyId, kmsKeyId }) => `${kemKeyId} ${kmsKeyId}` },
  )
  const pages = fc.integer({ min: 1, max: 15 })
  const lengths = fc.oneof(
    fc.nat(40_000),
    fc.maxSafeNat().map((value) => value % 2 ** 52),
  )
  fc.assert(
    fc.property(records, pages, lengths, fc.nat(2 ** 32 - 1), (made, page, plaintextLength, generation) => {
      const facts: Facts = { suite: 1, objectId: pattern(16), created: 5, tier: 1, plaintextLength, permuted: true }
      const envelope = encodeEnvelope(primitives, pattern(32), pattern(64), generation, made)
      const head = concat(headerPart(encodeFacts(facts), pattern(page * 4096 + 16)), u32(envelope.length), envelope)
      const size = head.length + bodySize(plaintextLength)
      expect(headLength(head)).toBe(head.length + 56)
      const parsed = parseHeader(head, size)
      expect(parsed.facts).toEqual(facts)
      expect(parsed.bodyOffset).toBe(head.length)
      expect(parsed.sealedMetadata).toHaveLength(page * 4096 + 16)
      expect(parsed.envelope.records.map(({ blob }) => hex(blob))).toEqual(made.map(({ blob }) => hex(blob)))
      for (const wrong of [size - 1, size + 1]) expect(() => parseHeader(head, wrong)).toThrow(AuthenticationFailed)
    }),
    { numRuns: 40 },
  )
})

describe('a chunk', () => {
  const numbers = fc.oneof(
    fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 37, 2 ** 38 - 1),
    fc.nat(2 ** 38 - 1),
  )
  const keysOf = (permuted: boolean) =>
    bodyKeys(primitives, pattern(32), pattern(64, 2), pattern(64, 3), pattern(24), permuted ? KNOWN_GOOD : undefined)
  const permuted = keysOf(true)
  const plain = keysOf(false)

  test('is opened by its own number and by no other', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom(0, 1, 100, 16_384), fc.boolean(), (k, other, length, chaos) => {
        const keys: BodyKeys = chaos ? permuted : plain
        const chunk = pattern(length, k % 997)
        const sealed = sealChunk(keys, chunk, k)
        expect(Buffer.compare(openChunk(keys, sealed, k), chunk)).toBe(0)
        if (other !== k) expect(() => openChunk(keys, sealed, other)).toThrow(AuthenticationFailed)
      }),
      { numRuns: 200 },
    )
  })

  test.each([2 ** 32, 2 ** 32 + 5, 2 ** 33, 2 ** 38 - 1])(
    'number %i sealed under the nonce that 32-bit arithmetic makes of it is refused',
    (k) => {
      const base = plain.base
      const last = new DataView(base.slice().buffer)
      // What `^` makes of k: its low 32 bits, so that chunk 2^32 shares chunk 0's nonce.
      last.setUint32(8, last.getUint32(8) ^ k)
      const truncated = new Uint8Array(last.buffer)
      expect(hex(truncated)).toBe(hex(chunkNonce(base, k % 2 ** 32)))
      expect(hex(truncated)).not.toBe(hex(chunkNonce(base, k)))
      const sealed = plain.aead.seal(truncated, pattern(100))
      expect(() => openChunk(plain, sealed, k)).toThrow(AuthenticationFailed)
      expect(hex(openChunk(plain, sealed, k % 2 ** 32))).toBe(hex(pattern(100)))
    },
  )

  test('2^32 does not have the nonce of chunk 0, nor any of 2^38 the nonce of another', () => {
    expect(hex(chunkNonce(plain.base, 2 ** 32))).not.toBe(hex(chunkNonce(plain.base, 0)))
    fc.assert(
      fc.property(exactly(12), numbers, numbers, (base, a, b) => {
        expect(hex(chunkNonce(base, a)) === hex(chunkNonce(base, b))).toBe(a === b)
      }),
      { numRuns: 1000 },
    )
  })
})
