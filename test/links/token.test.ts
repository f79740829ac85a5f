import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../shared/links/encoding.ts'
import { equalConstantTime, type LinkClaims, mint, readToken, TOKEN_LENGTH } from '../../shared/links/token.ts'
import { claimsOf, hmacSha256, KEY, secretsOf } from './crypto.ts'

const secrets = secretsOf(KEY)
const read = (token: string) => readToken(token, secrets, hmacSha256)
const sample: LinkClaims = {
  ...{ kid: 7, linkId: '0123456789abcdef'.repeat(2), objectId: 'fedcba9876543210'.repeat(2), keyGeneration: 3 },
  ...{ rendition: 'preview', notBefore: 1_000, expires: 2_000 },
}

describe('a token', () => {
  test('gives back exactly the claims it was minted with', async () => {
    await fc.assert(
      fc.asyncProperty(claimsOf(7), async (claims) => {
        const token = mint(claims, KEY, hmacSha256)
        expect(token).toHaveLength(TOKEN_LENGTH)
        expect(await read(token)).toEqual(claims)
      }),
    )
  })

  test('with any single bit flipped is refused', async () => {
    const bytes = Buffer.from(mint(sample, KEY, hmacSha256), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await read(flipped.toString('base64url')), `bit ${bit}`).toBeUndefined()
    }
  })

  test('has one spelling: any other text is refused', async () => {
    const token = mint(sample, KEY, hmacSha256)
    const others = [
      ...[`${token}=`, `${token}==`, `${token}A`, ` ${token}`, `${token}\n`, token.slice(0, -1), token.slice(1), ''],
      ...[token.toLowerCase(), token.toUpperCase(), token.replaceAll('_', '/').replaceAll('-', '+')],
      ...[`${token.slice(0, 50)} ${token.slice(51)}`, `${token.slice(0, -1)}=`, `${token.slice(0, -1)}\u0000`],
    ].filter((text) => text !== token)
    expect(others.length).toBeGreaterThan(10)
    for (const text of others) expect(await read(text), JSON.stringify(text)).toBeUndefined()
  })

  test('with any character put in place of another is refused', async () => {
    const token = mint(sample, KEY, hmacSha256)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(TOKEN_LENGTH - 1),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        async (at, c) => {
          const text = token.slice(0, at) + c + token.slice(at + 1)
          fc.pre(text !== token)
          expect(await read(text)).toBeUndefined()
        },
      ),
    )
  })

  test('of one object never stands for another: changed claims need another MAC', async () => {
    await fc.assert(
      fc.asyncProperty(claimsOf(7), claimsOf(7), async (mine, theirs) => {
        fc.pre(JSON.stringify(mine) !== JSON.stringify(theirs))
        const a = Buffer.from(mint(mine, KEY, hmacSha256), 'base64url')
        const b = Buffer.from(mint(theirs, KEY, hmacSha256), 'base64url')
        const spliced = Buffer.concat([b.subarray(0, 55), a.subarray(55)])
        expect(await read(spliced.toString('base64url'))).toBeUndefined()
      }),
    )
  })

  test('made under another key, or under a kid that is gone, is refused', async () => {
    const other = { kid: 7, key: new Uint8Array(32).fill(9) }
    expect(await read(mint(sample, other, hmacSha256))).toBeUndefined()
    expect(await readToken(mint(sample, KEY, hmacSha256), secretsOf(), hmacSha256)).toBeUndefined()
  })

  test('is found by its kid when there are several keys', async () => {
    const other = { kid: 255, key: new Uint8Array(32).fill(9) }
    const claims = { ...sample, kid: 255 }
    expect(await readToken(mint(claims, other, hmacSha256), secretsOf(KEY, other), hmacSha256)).toEqual(claims)
  })

  test('of the wrong length or alphabet touches no key', async () => {
    const none = { linkKey: () => Promise.reject(new Error('a key was asked for')) }
    const token = mint(sample, KEY, hmacSha256)
    for (const text of ['', 'A', token.slice(1), `${token}A`, `${token.slice(1)}!`, `C${token.slice(1)}`]) {
      expect(await readToken(text, none, hmacSha256)).toBeUndefined()
    }
  })

  test('is not minted for claims that it could not carry', () => {
    const bad = [
      ...[
        { kid: 8 },
        { linkId: 'ab' },
        { objectId: 'AB'.repeat(16) },
        { keyGeneration: 2 ** 32 },
        { keyGeneration: -1 },
      ],
      ...[{ notBefore: 2_000 }, { notBefore: -1 }, { expires: 2 ** 53 }, { expires: 1_500.5 }, { expires: Number.NaN }],
    ]
    for (const change of bad) {
      expect(() => mint({ ...sample, ...change }, KEY, hmacSha256), JSON.stringify(change)).toThrow(RangeError)
    }
    expect(() => mint(sample, { kid: 7, key: new Uint8Array(16) }, hmacSha256)).toThrow(RangeError)
  })
})

describe('docs/LINKS.md', () => {
  const page = readFileSync(new URL('../../docs/LINKS.md', import.meta.url), 'utf8')
  const lines = page.split('\n').filter((line) => line.startsWith('{'))
  const vectors: Record<string, unknown>[] = lines.map((line) => JSON.parse(line))
  const good = vectors.filter((vector) => !('why' in vector))
  const refused = vectors.filter((vector) => 'why' in vector)

  test('has vectors', () => {
    expect([good.length, refused.length]).toEqual([3, 5])
  })

  test.each(good)('vector $linkId is read and minted', async ({ token, key, ...claims }) => {
    const linkKey = { kid: 7, key: Buffer.from(String(key), 'hex') }
    const read = await readToken(String(token), secretsOf(linkKey), hmacSha256)
    expect(read).toEqual(claims)
    expect(read && mint(read, linkKey, hmacSha256)).toBe(token)
  })

  test.each(refused)('vector "$why" is refused', async ({ token }) => {
    expect(await read(String(token))).toBeUndefined()
  })
})

describe('encodings', () => {
  test('base64url is what the platform writes, for every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = toBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(fromBase64url(text)).toEqual(bytes)
      }),
    )
  })

  test('the constant-time comparison agrees with equality', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(equalConstantTime(a, b)).toBe(Buffer.compare(a, b) === 0)
        expect(equalConstantTime(a, Uint8Array.from(a))).toBe(true)
      }),
    )
  })
})
