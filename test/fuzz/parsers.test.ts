/** Properties of what people and files hand in as text: ranges, addresses, times to live, policies, key lists, stored objects. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cli/errors.ts'
import { isId, parseId } from '../../cli/ids.ts'
import { parseRange as parseTypedRange } from '../../cli/ranges.ts'
import { parseRange } from '../../shared/flow/range.ts'
import { formatTtl, parseTtl } from '../../shared/links/limits.ts'
import { timeRefusal } from '../../shared/links/outcome.ts'
import { TOKEN_LENGTH } from '../../shared/links/token.ts'
import { isLinkUrl, linkUrl, tokenOfPath } from '../../shared/links/url.ts'
import { parseManifest } from '../../shared/platform/local/keyFiles.ts'
import { encodeHeader, readObjectFile } from '../../shared/platform/local/objectFile.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { defaultPolicy, PolicyInvalid, parsePolicy } from '../../shared/policy/policy.ts'
import { seeded } from './random.ts'

const folder = mkdtempSync(join(tmpdir(), 'safelight-parsers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...'0123456789-=bytes,smhd '), maxLength: 24 }),
)

describe('a byte range', () => {
  const number = fc.oneof(fc.nat(200), fc.constantFrom(2 ** 53 - 1, 2 ** 53, '9'.repeat(16)))
  const ranges = fc.oneof(
    text,
    fc.tuple(number, number).map(([a, b]) => `${a}-${b}`),
    number.map((a) => `${a}-`),
  )

  test('of a request is within the bytes, unsatisfiable, or ignored: whatever was sent', () => {
    fc.assert(
      fc.property(ranges, fc.nat(200), (sent, length) => {
        for (const header of [sent, `bytes=${sent}`, `bytes=-${sent}`]) {
          const range = parseRange(header, length)
          if (range === undefined || range === 'unsatisfiable') continue
          expect(Number.isSafeInteger(range.first) && Number.isSafeInteger(range.last)).toBe(true)
          expect(range.first).toBeGreaterThanOrEqual(0)
          expect(range.last).toBeGreaterThanOrEqual(range.first)
          expect(range.last).toBeLessThan(length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('of the command line is within the bytes, or a usage error', () => {
    fc.assert(
      fc.property(ranges, fc.nat(200), (typed, length) => {
        try {
          const { first, last } = parseTypedRange(typed, length)
          expect(first >= 0 && first <= last && last < length).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test('an id is 32 hex digits in either case, and nothing else', () => {
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 31, maxLength: 33 })
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        hex,
        hex.map((id) => `${id}\n`),
      ),
      (typed) => {
        const valid = typed.length === 32 && Buffer.from(typed, 'hex').length === 16
        expect(isId(typed)).toBe(valid)
        if (valid) expect(parseId(typed)).toBe(typed.toLowerCase())
        else expect(() => parseId(typed)).toThrow(UsageError)
      },
    ),
    { numRuns: 1000 },
  )
})

describe('links', () => {
  test('any token of the right length goes through an address and back; any text is a path or none', () => {
    const token = fc.string({ unit: fc.constantFrom(...'aZ09-_'), minLength: TOKEN_LENGTH, maxLength: TOKEN_LENGTH })
    fc.assert(
      fc.property(
        token,
        text,
        fc.constantFrom('http://127.0.0.1:7301', 'https://links.example'),
        (made, other, origin) => {
          const url = linkUrl(origin, made)
          expect(isLinkUrl(url)).toBe(true)
          expect(tokenOfPath(new URL(url).pathname)).toBe(made)
          expect(tokenOfPath(`/l/${other}`)).toBeUndefined()
          expect(isLinkUrl(other)).toBe(false)
          expect(isLinkUrl(`${origin}/l/${other}`)).toBe(false)
        },
      ),
    )
  })

  test('a time to live is a positive whole number of milliseconds that is written and read back, or nothing', () => {
    const amount = fc.oneof(fc.nat(10 ** 5), fc.nat({ max: 2 ** 31 - 1 }))
    const times = fc.tuple(amount, fc.constantFrom(...'smhdw')).map(([many, unit]) => `${many}${unit}`)
    fc.assert(
      fc.property(fc.oneof(text, times), (typed) => {
        const ttl = parseTtl(typed)
        if (ttl === undefined) return
        expect(Number.isSafeInteger(ttl) && ttl > 0 && ttl <= 36_500 * 86_400_000).toBe(true)
        expect(parseTtl(formatTtl(ttl))).toBe(ttl)
      }),
      { numRuns: 2000 },
    )
  })

  test('work from their first moment to the one before their last, at any time of any link', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat(), (a, b, now) => {
        fc.pre(a !== b)
        const claims = { notBefore: Math.min(a, b), expires: Math.max(a, b) }
        const works = timeRefusal(claims, now) === undefined
        expect(works).toBe(now >= claims.notBefore && now < claims.expires)
        expect(timeRefusal(claims, claims.expires)).toBe('expired')
      }),
    )
  })
})

/** Every place of a JSON value, as a path. */
function placesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]]
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))]
}

function withValue(value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown {
  if (key === undefined) return put
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? withValue(item, rest, put) : item))
  if (typeof value !== 'object' || value === null) return put
  const changed = Object.entries(value).map(([k, item]) => [k, k === key ? withValue(item, rest, put) : item])
  return Object.fromEntries(changed)
}

test('a policy with anything put anywhere is refused with every place named, or is read to what it says', () => {
  const places = placesOf(defaultPolicy)
  const puts = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0, 0.5, 1, 2, 768, 1024, 'none', 'clear', 'restricted'))
  let valid = 0
  fc.assert(
    fc.property(fc.constantFrom(...places), puts, (place, put) => {
      const changed = withValue(defaultPolicy, place, put)
      try {
        const policy = parsePolicy(changed)
        // As JSON, which knows no negative zero.
        const json: unknown = JSON.parse(JSON.stringify(policy))
        expect(parsePolicy(json)).toEqual(json)
        valid += 1
      } catch (error) {
        expect(error).toBeInstanceOf(PolicyInvalid)
        expect(error instanceof Error && error.message).toMatch(/^.+: .+/)
      }
    }),
    { numRuns: 1000 },
  )
  expect(valid).toBeGreaterThan(5)
})

test('a key list of any bytes is refused, or is a list', () => {
  const generation = { keyId: 'kem-0001', generation: 1, created: '2026-01-01T00:00:00.000Z', state: 'active' }
  const honest = Buffer.from(JSON.stringify({ current: 'kem-0001', generations: [generation] }))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), edited(honest)), (data) => {
      let manifest: ReturnType<typeof parseManifest>
      try {
        manifest = parseManifest(data)
      } catch {
        return
      }
      expect(typeof manifest.current).toBe('string')
      for (const { keyId } of manifest.generations) expect(typeof keyId).toBe('string')
      expect(parseManifest(Buffer.from(JSON.stringify(manifest)))).toEqual(manifest)
    }),
    { numRuns: 1000 },
  )
})

describe('a stored object', () => {
  const key = fc.string({ unit: fc.constantFrom(...'aZ0._/-'), minLength: 1, maxLength: 40 })
  const metadata = fc.dictionary(
    fc.string({ unit: fc.constantFrom(...'az09-'), minLength: 1, maxLength: 10 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.toWellFormed()),
    { maxKeys: 4, noNullPrototype: true },
  )
  const file = join(folder, 'object')

  test('is read with the key and metadata it was written with, and under no other key', async () => {
    await fc.assert(
      fc.asyncProperty(key, metadata, fc.nat(50), async (name, given, length) => {
        const header = encodeHeader(name, given)
        writeFileSync(file, Buffer.concat([header, Buffer.alloc(length, 7)]))
        const read = await readObjectFile(file, name)
        expect(read).toEqual({ key: name, metadata: given, start: header.length, size: length })
        await expect(readObjectFile(file, `${name}x`)).rejects.toThrow(Unavailable)
      }),
      { numRuns: 60 },
    )
  })

  test('whose header was changed anywhere is damaged, or still says its key and stays within its file', async () => {
    const honest = Buffer.concat([encodeHeader('key', { tier: '2' }), Buffer.alloc(30, 7)])
    await fc.assert(
      fc.asyncProperty(edited(honest), async (data) => {
        writeFileSync(file, data)
        let read: Awaited<ReturnType<typeof readObjectFile>>
        try {
          read = await readObjectFile(file, 'key')
        } catch (error) {
          expect(error).toBeInstanceOf(Unavailable)
          return
        }
        expect(read?.key).toBe('key')
        expect((read?.start ?? 0) + (read?.size ?? 0)).toBe(data.length)
        expect(read?.size).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 300 },
    )
  })
})

/** The bytes with one to four of them changed, put in or left out, or cut. */
function edited(data: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.nat().map((seed) => {
    const random = seeded(seed)
    const bytes = [...data]
    for (let edits = 1 + random.below(4); edits > 0; edits--) {
      const put = random.pick([[], [random.below(256)], [random.below(256), random.below(256)]])
      bytes.splice(random.below(bytes.length), random.below(2), ...put)
    }
    return Uint8Array.from(random.below(10) === 0 ? bytes.slice(0, random.below(bytes.length)) : bytes)
  })
}
