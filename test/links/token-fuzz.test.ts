/** Tokens that must be refused, by each step of docs/LINKS.md, and any text that is read is the one spelling of its claims. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { fromBase64url, toBase64url } from '../../shared/links/encoding.ts'
import { mint, readToken } from '../../shared/links/token.ts'
import { tokensFile } from '../vectors/tokens.ts'
import { claimsOf, hmacSha256, KEY, secretsOf } from './crypto.ts'

const file = readFileSync(join(import.meta.dirname, '..', 'vectors', 'v1', 'tokens.json'), 'utf8')
const vectors = z
  .object({
    keys: z.array(z.object({ kid: z.number(), key: z.string() })),
    read: z.array(z.looseObject({ name: z.string(), token: z.string() })),
    refuse: z.array(z.object({ name: z.string(), step: z.number(), about: z.string(), token: z.string() })),
  })
  .parse(JSON.parse(file))
const keys = vectors.keys.map(({ kid, key }) => ({ kid, key: Uint8Array.from(Buffer.from(key, 'hex')) }))
const read = (token: string) => readToken(token, secretsOf(...keys), hmacSha256)

describe('the vectors', () => {
  test('are what the generator makes, to the byte', () => {
    expect(file).toBe(tokensFile())
    expect([vectors.read.length, vectors.refuse.length]).toEqual([3, 33])
  })

  test.each(vectors.read)('$name is read', async ({ name, token, ...claims }) => {
    expect(await read(token)).toEqual(claims)
  })

  test.each(vectors.refuse)('$name is refused: $about', async ({ token }) => {
    expect(await read(token)).toBeUndefined()
  })

  test('of steps 1 to 4 are refused before any MAC is made, those of step 6 after it', async () => {
    for (const { name, step, token } of vectors.refuse) {
      let macs = 0
      await readToken(token, secretsOf(...keys), (key, ...parts) => {
        macs += 1
        return hmacSha256(key, ...parts)
      })
      expect(macs, name).toBe(step < 5 ? 0 : 1)
    }
  })

  test('that a lenient decoder would read alike are spelled otherwise', () => {
    const [honest] = vectors.read
    const bytes = fromBase64url(honest?.token ?? '')
    for (const name of ['longer-A', 'longer-P']) {
      const token = vectors.refuse.find((vector) => vector.name === name)?.token ?? ''
      expect(fromBase64url(token), name).toEqual(bytes)
    }
    const lenient = (name: string) => Buffer.from(vectors.refuse.find((v) => v.name === name)?.token ?? '', 'base64')
    expect(lenient('shorter')).toEqual(lenient('shorter-alike'))
    expect(lenient('padded')).toEqual(Buffer.from(bytes ?? []))
  })
})

describe('any text', () => {
  const character = fc.oneof(
    fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'),
    fc.constantFrom(...'+/= \n%.\u0000\u0130\uff21'),
  )

  test('of any length is refused, whatever its characters', async () => {
    const text = fc.oneof(
      fc.string({ unit: character, maxLength: 130 }),
      fc.string({ unit: character, minLength: 116, maxLength: 116 }),
    )
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await read(token)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('decodes to bytes that encode to it again, or was not the one spelling', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 40 }), (text) => {
        const bytes = fromBase64url(text)
        if (bytes === undefined) {
          expect(text).not.toMatch(/^[\w-]*$/)
          return
        }
        const again = toBase64url(bytes)
        expect(fromBase64url(again)).toEqual(bytes)
        if (text.length % 4 !== 1) expect(again.slice(0, -1)).toBe(text.slice(0, -1))
      }),
      { numRuns: 2000 },
    )
  })

  test('of 87 bytes under a right MAC is read as claims that are minted to it again, or is refused', async () => {
    const payloads = fc.oneof(
      fc.uint8Array({ minLength: 55, maxLength: 55 }),
      fc
        .tuple(claimsOf(7), fc.nat(54), fc.nat(255))
        .map(([claims, at, byte]) =>
          Uint8Array.from(Buffer.from(mint(claims, KEY, hmacSha256), 'base64url').subarray(0, 55)).with(at, byte),
        ),
    )
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const mac = hmacSha256(KEY.key, new TextEncoder().encode('safelight/v1/link\0'), payload)
        const token = toBase64url(Uint8Array.from([...payload, ...mac]))
        const claims = await read(token)
        if (claims === undefined) return
        accepted += 1
        expect(mint(claims, KEY, hmacSha256)).toBe(token)
        expect(claims.notBefore).toBeLessThan(claims.expires)
        expect(claims.expires).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
      }),
      { numRuns: 1000 },
    )
    expect(accepted).toBeGreaterThan(50)
  })
})
