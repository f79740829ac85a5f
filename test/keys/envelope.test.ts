/** The envelope: what may be stored in one, who opens it, and that no other bytes are anything but refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, hex, lp, u8, u32 } from '../../shared/keys/encoding.ts'
import {
  checkEnvelopeMac,
  ENVELOPE_LIMITS,
  encodeEnvelope,
  makeEnvelope,
  openEnvelope,
  parseEnvelope,
} from '../../shared/keys/envelope.ts'
import { type HybridRecord, wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { AuthenticationFailed, Unavailable } from '../../shared/platform/ports.ts'
import { keyringOf, recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'
import { BINDING, countingKeyring, DEK, HEAD_HASH } from './counting.ts'

const keyring = keyringOf(TEST_KEYS)
const first = recipientOf(TEST_KEYS, 768, 0, 0)
const second = recipientOf(TEST_KEYS, 768, 1, 1)
const both = await makeEnvelope(primitives, [first, second], BINDING, HEAD_HASH, DEK)
const single = await makeEnvelope(primitives, [first], BINDING, HEAD_HASH, DEK, 5)
const record = await wrap(primitives, first, BINDING, DEK)

function encode(records: readonly HybridRecord[], generation = 0): Uint8Array {
  return encodeEnvelope(primitives, DEK, HEAD_HASH, generation, records)
}

function open(bytes: Uint8Array, ring = keyring) {
  return openEnvelope(primitives, ring, 768, BINDING, HEAD_HASH, parseEnvelope(bytes, 768))
}

const printable = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 1, maxLength })
    .map((codes) => String.fromCharCode(...codes))
const anyRecord: fc.Arbitrary<HybridRecord> = fc.record({
  kemKeyId: printable(256),
  ciphertext: fc.uint8Array({ minLength: 1088, maxLength: 1088 }),
  kmsKeyId: printable(2048),
  blob: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  wrapped: fc.uint8Array({ minLength: 48, maxLength: 48 }),
})
const anyRecords = fc.uniqueArray(anyRecord, {
  minLength: 1,
  maxLength: 4,
  selector: ({ kemKeyId, kmsKeyId }) => `${kemKeyId} ${kmsKeyId}`,
})

describe('any bytes', () => {
  const level = fc.constantFrom(768, 1024) as fc.Arbitrary<768 | 1024>

  test('parse, or are refused with the one error', () => {
    const start = fc.constantFrom(new Uint8Array(0), concat(u32(0), u8(1)), both.subarray(0, 9), both.subarray(0, 1400))
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 3000 }), level, (known, rest, at) => {
        try {
          parseEnvelope(concat(known, rest), at)
        } catch (error) {
          expect(error).toBeInstanceOf(AuthenticationFailed)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('that parse are encoded again to the same bytes', () => {
    fc.assert(
      fc.property(anyRecords, fc.nat(2 ** 32 - 1), (records, generation) => {
        const bytes = encode(records, generation)
        const parsed = parseEnvelope(bytes, 768)
        expect(parsed.generation).toBe(generation)
        expect(parsed.records.map((each) => each.kemKeyId)).toEqual(records.map((each) => each.kemKeyId))
        expect(hex(encode(parsed.records, generation))).toBe(hex(bytes))
        checkEnvelopeMac(primitives, DEK, HEAD_HASH, parsed)
      }),
      { numRuns: 40 },
    )
  })

  test('flipped anywhere do not open', async () => {
    for (let at = 0; at < single.length; at++) {
      const changed = single.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      await expect(async () => open(changed)).rejects.toThrow(/^authentication failed$/)
    }
  })

  test('cut anywhere do not open', async () => {
    for (let length = 0; length < single.length; length++) {
      await expect(async () => open(single.subarray(0, length))).rejects.toThrow(AuthenticationFailed)
    }
  })
})

describe('what section 6 does not allow is refused', () => {
  const covered = (n: number, ...records: readonly Uint8Array[]) => concat(u32(0), u8(n), ...records, pattern(64))
  const honest = parseEnvelope(encode([record]), 768).covered.subarray(5)
  const body = honest.subarray(4)
  const refused = (bytes: Uint8Array) => expect(() => parseEnvelope(bytes, 768)).toThrow(AuthenticationFailed)

  test('the honest one is allowed', () => {
    expect(parseEnvelope(covered(1, honest), 768).records).toHaveLength(1)
  })

  test('no record, seventeen, and another number than announced', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => ({ ...record, kemKeyId: `kem-${i}` }))
    expect(parseEnvelope(encode(many(16)), 768).records).toHaveLength(16)
    refused(covered(0))
    refused(encode(many(17)))
    refused(covered(2, honest))
    refused(covered(1, honest, honest))
  })

  test('the same pair of key ids twice', () => {
    refused(covered(2, honest, honest))
    refused(encode([record, { ...record, blob: pattern(9), wrapped: pattern(48) }]))
    expect(parseEnvelope(encode([record, { ...record, kmsKeyId: 'other' }]), 768).records).toHaveLength(2)
  })

  test('another kind of record', () => {
    for (const kind of [0, 2, 255]) refused(covered(1, lp(concat(u8(kind), body.subarray(1)))))
  })

  test('a record that is too long or too short', () => {
    refused(covered(1, lp(concat(body, u8(0)))))
    refused(covered(1, lp(body.subarray(0, -1))))
    refused(covered(1, lp(new Uint8Array(0))))
  })

  test('a ciphertext of the other level', () => {
    expect(() => parseEnvelope(both, 1024)).toThrow(AuthenticationFailed)
    refused(encode([{ ...record, ciphertext: pattern(1568) }]))
    refused(encode([{ ...record, ciphertext: pattern(1087) }]))
  })

  test('blobs and sizes outside their limits', () => {
    expect(parseEnvelope(encode([{ ...record, blob: pattern(6144) }]), 768).records).toHaveLength(1)
    refused(encode([{ ...record, blob: pattern(6145) }]))
    refused(encode([{ ...record, blob: new Uint8Array(0) }]))
    refused(new Uint8Array(ENVELOPE_LIMITS.least - 1))
    refused(new Uint8Array(ENVELOPE_LIMITS.most + 1))
  })

  test.each([0x20, 0x7f, 0x00, 0x0a, 0x80, 0xff])('byte %i in a key id', (byte) => {
    const changed = (at: number) => body.map((value, i) => (i === at ? byte : value))
    const kemIdAt = 1 + 4
    const kmsIdAt = kemIdAt + 'kem-0001'.length + 4 + 1088 + 4
    expect(parseEnvelope(covered(1, lp(body)), 768).records[0]?.kmsKeyId).toBe('local/data-1')
    for (const at of [kemIdAt, kemIdAt + 7, kmsIdAt, kmsIdAt + 11]) refused(covered(1, lp(changed(at))))
  })
})

describe('sealing refuses what no reader would accept', () => {
  test.each([
    ['an empty KEM key id', { kemKeyId: '' }],
    ['a blank in a KEM key id', { kemKeyId: 'kem 1' }],
    ['a KEM key id of 257 characters', { kemKeyId: 'k'.repeat(257) }],
    ['a KMS key id that is not ASCII', { kmsKeyId: 'schlüssel' }],
    ['a KMS key id of 2,049 characters', { kmsKeyId: 'k'.repeat(2049) }],
  ])('%s', (_, change) => {
    expect(() => encode([{ ...record, ...change }])).toThrow(RangeError)
  })

  test.each([
    ['no recipient', []],
    ['the same recipient twice', [first, first]],
    ['a blob of more than 6,144 bytes', [{ ...first, dataKeys: blobOf(6145) }]],
    ['an empty blob', [{ ...first, dataKeys: blobOf(0) }]],
  ])('%s', async (_, recipients) => {
    await expect(makeEnvelope(primitives, recipients, BINDING, HEAD_HASH, DEK)).rejects.toThrow(RangeError)
  })
})

function blobOf(length: number) {
  return { generateDataKey: async () => ({ keyId: 'k', plaintext: pattern(32), blob: pattern(length) }) }
}

describe('opening', () => {
  test('takes the first record that is mine', async () => {
    const counting = countingKeyring()
    expect(hex(await open(both, counting))).toBe(hex(DEK))
    expect(counting.used.sort()).toEqual(['decapsulate kem-0001', 'decrypt local/data-1'])
  })

  test('skips a record that is not mine without using a key on it', async () => {
    const alone = countingKeyring({ ...TEST_KEYS, kem: TEST_KEYS.kem.slice(1) })
    expect(hex(await open(both, alone))).toBe(hex(DEK))
    expect(alone.used.every((use) => !use.includes('kem-0001') && !use.includes('data-1'))).toBe(true)
  })

  test('is refused where no record is mine, and no key is used', async () => {
    const stranger = countingKeyring({ ...TEST_KEYS, kem: [] })
    await expect(open(both, stranger)).rejects.toThrow(AuthenticationFailed)
    expect(stranger.used).toEqual([])
  })

  test.each(['decapsulate kem-0001', 'decrypt local/data-1'])(
    'goes on with the next record where `%s` is unavailable',
    async (down) => {
      const counting = countingKeyring(TEST_KEYS, { unavailable: (use) => use === down })
      expect(hex(await open(both, counting))).toBe(hex(DEK))
    },
  )

  test('is unavailable, not refused, where every service is', async () => {
    await expect(open(both, countingKeyring(TEST_KEYS, { unavailable: () => true }))).rejects.toThrow(Unavailable)
  })

  test('is unavailable where my record is and the other is not mine', async () => {
    const ring = countingKeyring({ ...TEST_KEYS, kem: TEST_KEYS.kem.slice(0, 1) }, { unavailable: () => true })
    await expect(open(both, ring)).rejects.toThrow(Unavailable)
  })

  test('does not try another record after one that is mine and wrong', async () => {
    const parsed = parseEnvelope(both, 768)
    const [a, b] = parsed.records
    if (!a || !b) throw new Error('two records')
    const wrong = encode([{ ...a, wrapped: pattern(48) }, b])
    const counting = countingKeyring()
    await expect(open(wrong, counting)).rejects.toThrow(AuthenticationFailed)
    expect(counting.used.some((use) => use.includes('kem-0002'))).toBe(false)
  })

  test('finds out a sealer that wraps another DEK for the second recipient', async () => {
    const one = await wrap(primitives, first, BINDING, DEK)
    const two = await wrap(primitives, second, BINDING, pattern(32, 77))
    const forged = encode([one, two])
    expect(hex(await open(forged))).toBe(hex(DEK))
    const onlySecond = keyringOf({ ...TEST_KEYS, kem: TEST_KEYS.kem.slice(1) })
    await expect(open(forged, onlySecond)).rejects.toThrow(AuthenticationFailed)
  })
})

describe('the MAC', () => {
  const parsed = parseEnvelope(single, 768)
  const check = (dek: Uint8Array, head: Uint8Array, envelope = parsed) =>
    expect(() => checkEnvelopeMac(primitives, dek, head, envelope))

  test('holds for its DEK and its H0 alone', () => {
    check(DEK, HEAD_HASH).not.toThrow()
    check(pattern(32, 8), HEAD_HASH).toThrow(AuthenticationFailed)
    check(DEK, pattern(64, 6)).toThrow(AuthenticationFailed)
  })

  test('covers the generation, the number of records, and their order', () => {
    const { covered, mac } = parseEnvelope(both, 768)
    const swapped = parseEnvelope(both, 768).records.toReversed()
    const reordered = parseEnvelope(encode(swapped), 768)
    check(DEK, HEAD_HASH, { ...reordered, mac }).toThrow(AuthenticationFailed)
    const newer = covered.slice()
    newer[3] = 1
    check(DEK, HEAD_HASH, { ...parsed, covered: newer, mac }).toThrow(AuthenticationFailed)
  })

  test('is what section 6 says', () => {
    const key = primitives.hmacSha512(DEK, new TextEncoder().encode('safelight/v1/envelope-mac\0'), u8(1))
    const mac = primitives.hmacSha512(key, HEAD_HASH, u32(single.length), parsed.covered)
    expect(hex(parsed.mac)).toBe(hex(mac))
  })
})
