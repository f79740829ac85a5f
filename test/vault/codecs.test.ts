/** Facts and metadata: what was encoded parses to the same, and nothing but canonical bytes parses at all. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, hex, u32 } from '../../shared/keys/encoding.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'
import { decodeCbor, encodeCbor, type Value } from '../../shared/vault/cbor.ts'
import { encodeFacts, type Facts, MAX_PLAINTEXT, parseFacts } from '../../shared/vault/facts.ts'
import {
  encodeMetadata,
  MAX_META,
  type Metadata,
  PAD,
  parseMetadata,
  sealableText,
} from '../../shared/vault/metadata.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const uint = (most: number, least = 0) => fc.oneof(fc.constantFrom(least, most), fc.integer({ min: least, max: most }))
/** Text of 1 to `most` bytes of UTF-8, as a sealer makes it of anything. */
const name = (most: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: most })
    .map((value) => sealableText(value, most))
    .filter((value) => value !== '')
const list = <T>(item: fc.Arbitrary<T>, most: number) => fc.array(item, { maxLength: most })

const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    suite: fc.constantFrom(1, 2),
    objectId: bytes(16),
    created: fc.maxSafeNat(),
    tier: fc.nat(3),
    plaintextLength: uint(MAX_PLAINTEXT),
    permuted: fc.boolean(),
    rendition: fc.option(fc.record({ parent: bytes(16), kind: fc.constantFrom(1, 2) }), { nil: undefined }),
  })
  .map(({ rendition, ...facts }) => ({ ...facts, ...(rendition && { rendition }) }))

const tenThousandth = uint(10_000)
const box = fc.tuple(tenThousandth, tenThousandth, tenThousandth, tenThousandth)
const detection = fc.record(
  { kind: name(32), score: tenThousandth, box },
  { requiredKeys: ['kind', 'score'], noNullPrototype: true },
)
const anyMetadata: fc.Arbitrary<Metadata> = fc.record(
  {
    random: bytes(32),
    sha256: bytes(32),
    mediaType: name(255),
    fileName: name(1024),
    dimensions: fc.record({ width: uint(2 ** 32 - 1, 1), height: uint(2 ** 32 - 1, 1) }),
    detections: list(detection, 20),
    featureDigest: bytes(32),
    uploader: name(1024),
    source: fc.record({ bucket: name(2048), key: name(2048), version: fc.constant(''), sequencer: name(64) }),
    chaos: fc.nat(2 ** 32 - 1).map((k) => ({ map: 1, parameters: [(k | 1) >>> 0] })),
    score: tenThousandth,
    models: list(name(128), 32),
    renditions: fc.uniqueArray(fc.record({ kind: fc.constantFrom(1, 2), objectId: bytes(16) }), {
      maxLength: 2,
      selector: ({ kind }) => kind,
    }),
    reasons: list(name(256), 64),
  },
  { requiredKeys: ['random', 'sha256', 'mediaType'], noNullPrototype: true },
)

const refusedBy = (parse: (data: Uint8Array) => unknown, data: Uint8Array) =>
  expect(() => parse(data)).toThrow(/^authentication failed$/)

function padded(cbor: Uint8Array): Uint8Array {
  const length = Math.ceil((4 + cbor.length) / PAD) * PAD
  return concat(u32(cbor.length), cbor, new Uint8Array(length - 4 - cbor.length))
}

const facts: [number, Value][] = [
  [1, 1],
  [2, new Uint8Array(16)],
  [3, 1_790_000_000],
  [4, 2],
  [5, 100],
  [6, Uint8Array.of(1)],
]
const metadata: [number, Value][] = [
  [1, new Uint8Array(32)],
  [2, new Uint8Array(32).fill(2)],
  [3, 'image/jpeg'],
]
const withEntry = (entries: [number, Value][], key: number, value?: Value) =>
  encodeCbor(
    new Map<number, Value>([
      ...entries.filter(([known]) => known !== key),
      ...(value === undefined ? [] : [[key, value] as [number, Value]]),
    ]),
  )

describe('round trips', () => {
  test('facts', () => {
    fc.assert(
      fc.property(anyFacts, (value) => {
        const encoded = encodeFacts(value)
        expect(parseFacts(encoded)).toEqual(value)
        expect(encoded.length).toBeLessThanOrEqual(1024)
      }),
      { numRuns: 300 },
    )
  })

  test('metadata, always to a multiple of 4 KiB', () => {
    fc.assert(
      fc.property(anyMetadata, (value) => {
        let encoded: Uint8Array
        try {
          encoded = encodeMetadata(value)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        expect(parseMetadata(encoded)).toEqual(value)
        expect(encoded.length % PAD).toBe(0)
        expect(hex(encodeMetadata(parseMetadata(encoded)))).toBe(hex(encoded))
      }),
      { numRuns: 150 },
    )
  })

  test('metadata as full as the limits allow fits into 60 KiB', () => {
    const full: Metadata = {
      random: new Uint8Array(32),
      sha256: new Uint8Array(32),
      mediaType: 'm'.repeat(255),
      fileName: 'n'.repeat(1024),
      dimensions: { width: 2 ** 32 - 1, height: 2 ** 32 - 1 },
      detections: Array(256).fill({ kind: 'k'.repeat(32), score: 10_000, box: [10_000, 10_000, 10_000, 10_000] }),
      featureDigest: new Uint8Array(32),
      uploader: 'u'.repeat(1024),
      source: {
        bucket: 'b'.repeat(2048),
        key: 'k'.repeat(2048),
        version: 'v'.repeat(2048),
        sequencer: 's'.repeat(2048),
      },
      chaos: { map: 1, parameters: [2 ** 32 - 1] },
      score: 10_000,
      models: Array(32).fill('m'.repeat(128)),
      renditions: [1, 2].map((kind) => ({ kind, objectId: new Uint8Array(16) })),
      reasons: Array(64).fill('r'.repeat(256)),
    }
    expect(parseMetadata(encodeMetadata(full))).toEqual(full)
    expect(encodeMetadata(full).length).toBeLessThanOrEqual(MAX_META)
  })
})

describe('any bytes are refused with the one error, or are canonical', () => {
  const canonical = (parse: (data: Uint8Array) => unknown, encode: (data: Uint8Array) => Uint8Array) =>
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      let parsed = false
      try {
        parse(data)
        parsed = true
      } catch (error) {
        expect(error).toBeInstanceOf(AuthenticationFailed)
      }
      if (parsed) expect(hex(encode(data))).toBe(hex(data))
    })

  test('facts', () => {
    fc.assert(
      canonical(parseFacts, (data) => encodeFacts(parseFacts(data))),
      { numRuns: 1000 },
    )
  })

  test('any CBOR', () => {
    fc.assert(
      canonical(decodeCbor, (data) => encodeCbor(decodeCbor(data))),
      { numRuns: 1000 },
    )
  })

  test('metadata, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        refusedBy(parseMetadata, data)
        refusedBy(parseMetadata, padded(data))
      }),
      { numRuns: 500 },
    )
  })

  test('one changed byte of good facts or metadata', () => {
    const good = encodeMetadata({
      random: new Uint8Array(32),
      sha256: new Uint8Array(32),
      mediaType: 'a/b',
      fileName: 'c',
    })
    for (const [encoded, encode] of [
      [encodeFacts(parseFacts(encodeCbor(new Map(facts)))), (data: Uint8Array) => encodeFacts(parseFacts(data))],
      [good, (data: Uint8Array) => encodeMetadata(parseMetadata(data))],
    ] as const) {
      for (let at = 0; at < Math.min(encoded.length, 200); at++) {
        for (const mask of [1, 0x20, 0x80]) {
          const changed = encoded.slice()
          changed[at] = (changed[at] ?? 0) ^ mask
          try {
            expect(hex(encode(changed))).toBe(hex(changed))
          } catch (error) {
            expect(error).toBeInstanceOf(AuthenticationFailed)
          }
        }
      }
    }
  })

  test('nesting without end', () => {
    refusedBy(decodeCbor, new Uint8Array(61_000).fill(0x81))
    refusedBy(decodeCbor, concat(Uint8Array.of(0xa1, 1), new Uint8Array(61_000).fill(0x81)))
    refusedBy(
      decodeCbor,
      Uint8Array.from({ length: 60_000 }, (_, i) => (i % 2 === 0 ? 0xa1 : 1)),
    )
  })
})

/** Facts 1 to 6 by hand, so that each can be written as no deterministic encoder would. */
function byHand(change: Readonly<Record<number, string>> = {}, head = 'a6', tail = ''): Uint8Array {
  const parts: Record<number, string> = {
    1: '0101',
    2: `0250${'00'.repeat(16)}`,
    3: '031a6ab13b80',
    4: '0402',
    5: '051864',
    6: '064101',
  }
  return Buffer.from(head + Object.values({ ...parts, ...change }).join('') + tail, 'hex')
}

describe('what is not the one canonical encoding is refused', () => {
  test('the hand-written facts are right', () => {
    expect(hex(byHand())).toBe(hex(encodeCbor(new Map(facts.map(([k, v]) => [k, k === 3 ? 0x6ab13b80 : v])))))
    expect(parseFacts(byHand()).plaintextLength).toBe(100)
  })

  test.each<[string, Uint8Array]>([
    ['a half float', byHand({ 4: '04f94000' })],
    ['a single float', byHand({ 4: '04fa40000000' })],
    ['a double float', byHand({ 4: '04fb4000000000000000' })],
    ['a negative integer', byHand({ 4: '0420' })],
    ['a negative key', byHand({ 4: '2302' })],
    ['a tagged integer', byHand({ 4: '04c102' })],
    ['a tagged bignum', byHand({ 4: '04c24102' })],
    ['true', byHand({ 4: '04f5' })],
    ['null', byHand({ 4: '04f6' })],
    ['undefined', byHand({ 4: '04f7' })],
    ['an unassigned simple value', byHand({ 4: '04f8ff' })],
    ['a break', byHand({ 4: '04ff' })],
    ['an integer one byte longer than needed', byHand({ 4: '041802' })],
    ['an integer eight bytes long', byHand({ 4: '041b0000000000000002' })],
    ['2^53', byHand({ 3: '031b0020000000000000' })],
    ['2^64 - 1', byHand({ 3: '031bffffffffffffffff' })],
    ['a longer key', byHand({ 4: '180402' })],
    ['a longer byte string length', byHand({ 6: '06580101' })],
    ['an indefinite byte string', byHand({ 6: '065f4101ff' })],
    ['an indefinite map', byHand({}, 'bf', 'ff')],
    ['a longer map head', byHand({}, 'b806')],
    ['keys out of order', byHand({ 1: '0402', 4: '0101' })],
    ['a key twice', byHand({ 6: '064101064101' }, 'a7')],
    ['a key twice instead of another', byHand({ 6: '0402' })],
    ['a key too few', byHand({ 6: '' }, 'a5')],
    ['a key too many', byHand({ 6: '06410109f9' }, 'a7')],
    ['a text where bytes belong', byHand({ 6: '066101' })],
    ['bytes after the end', byHand({}, 'a6', '00')],
    ['an array', Buffer.from('80', 'hex')],
    ['nothing', new Uint8Array(0)],
    ['an end too early', byHand().subarray(0, -1)],
  ])('%s', (_, data) => {
    refusedBy(parseFacts, data)
  })

  test.each<[string, string]>([
    ['a lone continuation byte', '6180'],
    ['an overlong slash', '62c0af'],
    ['a surrogate', '63eda080'],
    ['a truncated sequence', '62e282'],
    ['beyond U+10FFFF', '64f4908080'],
    ['a byte order mark at the beginning', '66efbbbf612f62'],
    ['an indefinite text', '7f63612f62ff'],
  ])('text with %s', (_, encoded) => {
    const entries = Buffer.from(`a30158${'20'}${'00'.repeat(32)}025820${'02'.repeat(32)}03${encoded}`, 'hex')
    refusedBy(parseMetadata, padded(entries))
  })

  test('a byte order mark inside a text is a character like others', () => {
    expect(parseMetadata(padded(withEntry(metadata, 4, 'a\uFEFFb'))).fileName).toBe('a\uFEFFb')
  })
})

describe('facts outside the schema are refused', () => {
  test.each<[string, number, Value | undefined]>([
    ['suite 0', 1, 0],
    ['suite 3', 1, 3],
    ['no suite', 1, undefined],
    ['an object id of 15 bytes', 2, new Uint8Array(15)],
    ['an object id of 17 bytes', 2, new Uint8Array(17)],
    ['an object id that is text', 2, '0123456789abcdef'],
    ['tier 4', 4, 4],
    ['a length of 2^52', 5, 2 ** 52],
    ['transform 00', 6, Uint8Array.of(0)],
    ['transform 02', 6, Uint8Array.of(2)],
    ['two transforms', 6, Uint8Array.of(1, 1)],
    ['key 0', 0, 1],
    ['key 9', 9, 1],
    ['a parent without a kind', 7, new Uint8Array(16)],
    ['a kind without a parent', 8, 1],
  ])('%s', (_, key, value) => {
    refusedBy(parseFacts, withEntry(facts, key, value))
  })

  test('renditions of kind 0 and 3, or of a parent of 15 bytes', () => {
    const rendition = (parent: Uint8Array, kind: number) =>
      encodeCbor(new Map<number, Value>([...facts, [7, parent], [8, kind]]))
    expect(parseFacts(rendition(new Uint8Array(16), 2)).rendition?.kind).toBe(2)
    refusedBy(parseFacts, rendition(new Uint8Array(16), 0))
    refusedBy(parseFacts, rendition(new Uint8Array(16), 3))
    refusedBy(parseFacts, rendition(new Uint8Array(15), 1))
  })
})

describe('metadata outside the schema is refused', () => {
  const m = (...entries: [number, Value][]) => new Map<number, Value>(entries)
  test.each<[string, number, Value | undefined]>([
    ['no random', 1, undefined],
    ['random of 31 bytes', 1, new Uint8Array(31)],
    ['no digest', 2, undefined],
    ['no media type', 3, undefined],
    ['an empty media type', 3, ''],
    ['a media type of 256', 3, 'm'.repeat(256)],
    ['an empty file name', 4, ''],
    ['a file name of 1,025 bytes', 4, `${'ü'.repeat(512)}x`],
    ['a width alone', 5, 7],
    ['a height alone', 6, 7],
    ['257 detections', 7, Array(257).fill(m([1, 'face'], [2, 1]))],
    ['a detection without a score', 7, [m([1, 'face'])]],
    ['a detection with another key', 7, [m([1, 'face'], [2, 1], [4, 1])]],
    ['a detection of kind ""', 7, [m([1, ''], [2, 1])]],
    ['a score of 10,001', 7, [m([1, 'face'], [2, 10_001])]],
    ['a box of three', 7, [m([1, 'face'], [2, 1], [3, [1, 2, 3]])]],
    ['a box beyond the edge', 7, [m([1, 'face'], [2, 1], [3, [1, 2, 3, 10_001]])]],
    ['a detection that is an array', 7, [['face', 1]]],
    ['a feature digest of 31 bytes', 8, new Uint8Array(31)],
    ['an empty uploader', 9, ''],
    ['a source of three', 10, ['a', 'b', 'c']],
    ['a source of 2,049 bytes', 10, ['a', 'b'.repeat(2049), '', '']],
    ['an unknown map', 11, m([1, 2], [2, [1]])],
    ['an even parameter', 11, m([1, 1], [2, [2]])],
    ['two parameters', 11, m([1, 1], [2, [1, 1]])],
    ['a parameter of 2^32 + 1', 11, m([1, 1], [2, [2 ** 32 + 1]])],
    ['a chaos entry with a third key', 11, m([1, 1], [2, [1]], [3, 1])],
    ['a total score of 10,001', 12, 10_001],
    ['33 models', 13, Array(33).fill('m')],
    ['a model without a name', 13, ['']],
    ['rendition 3', 14, [[3, new Uint8Array(16)]]],
    ['a rendition twice', 14, [[1, new Uint8Array(16)], [1, new Uint8Array(16).fill(1)]]], // biome-ignore format: two
    ['a rendition of 15 bytes', 14, [[1, new Uint8Array(15)]]],
    ['65 reasons', 15, Array(65).fill('r')],
    ['a reason of 257 bytes', 15, ['r'.repeat(257)]],
    ['key 0', 0, 1],
    ['key 16', 16, 1],
  ])('%s', (_, key, value) => {
    refusedBy(parseMetadata, padded(withEntry(metadata, key, value)))
  })

  test('a width or height of 0', () => {
    const sized = (width: number, height: number) =>
      padded(encodeCbor(new Map<number, Value>([...metadata, [5, width], [6, height]])))
    expect(parseMetadata(sized(1, 2)).dimensions).toEqual({ width: 1, height: 2 })
    refusedBy(parseMetadata, sized(0, 2))
    refusedBy(parseMetadata, sized(1, 0))
    refusedBy(parseMetadata, sized(1, 2 ** 32))
  })

  test('padding that is not zero, too long, too short, or a length that lies', () => {
    const good = padded(withEntry(metadata, 4, 'name'))
    expect(parseMetadata(good).fileName).toBe('name')
    const changed = (at: number, value: number) => good.map((byte, i) => (i === at ? value : byte))
    refusedBy(parseMetadata, changed(PAD - 1, 1))
    refusedBy(parseMetadata, changed(3, (good[3] ?? 0) + 1))
    refusedBy(parseMetadata, changed(0, 0xff))
    refusedBy(parseMetadata, concat(good, new Uint8Array(PAD)))
    refusedBy(parseMetadata, good.subarray(0, -1))
    refusedBy(parseMetadata, new Uint8Array(0))
    refusedBy(parseMetadata, new Uint8Array(PAD))
  })
})
