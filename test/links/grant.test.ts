import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grantLink, isRowOf, makeLink } from '../../shared/links/grant.ts'
import { formatTtl, parseTtl } from '../../shared/links/limits.ts'
import { readToken } from '../../shared/links/token.ts'
import { hmacSha256, KEY, secretsOf } from './crypto.ts'

const now = 1_767_225_600_000
const HOUR = 3_600_000
const limits = { link: { maxTtlSeconds: 3600, maxUses: 5 }, approvals: 0 }

describe('a time to live', () => {
  test('is read as people write it', () => {
    expect(['90s', '10m', '2h', '7d'].map(parseTtl)).toEqual([90_000, 600_000, 2 * HOUR, 168 * HOUR])
  })

  test('in any other form is refused', () => {
    const bad = ['', '10', 'm', '0m', '-1m', '1.5h', '1 h', '10M', '1w', '1h30m', '١h', '99999d', '9999999999d', '1m\n']
    for (const text of bad) expect(parseTtl(text), JSON.stringify(text)).toBeUndefined()
  })

  test('is written so that it reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 8 }), (seconds) => {
        expect(parseTtl(formatTtl(seconds * 1_000))).toBe(seconds * 1_000)
      }),
    )
  })
})

describe('a grant', () => {
  test('is ten minutes and one use when nothing was asked for', () => {
    expect(grantLink({}, limits, now)).toEqual({
      granted: true,
      grant: { notBefore: now, expires: now + 600_000, uses: 1 },
    })
  })

  test('is cut to the limits only where the caller left it open', () => {
    const tight = { link: { maxTtlSeconds: 60, maxUses: 1 }, approvals: 0 }
    expect(grantLink({}, tight, now)).toMatchObject({ grant: { expires: now + 60_000 } })
    expect(grantLink({ ttlMs: 60_001 }, tight, now)).toMatchObject({
      granted: false,
      reason: expect.stringMatching(/at most 1m/),
    })
    expect(grantLink({ uses: 2 }, tight, now)).toMatchObject({
      granted: false,
      reason: expect.stringMatching(/at most 1 use a link/),
    })
  })

  test('never passes the limits, whatever is asked for', () => {
    const wish = fc.option(fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()), { nil: undefined })
    fc.assert(
      fc.property(wish, wish, wish, fc.nat(10 ** 7), fc.nat(50), (ttlMs, uses, notBefore, maxTtlSeconds, maxUses) => {
        const result = grantLink({ ttlMs, uses, notBefore }, { link: { maxTtlSeconds, maxUses }, approvals: 0 }, now)
        fc.pre(result.granted)
        const { grant } = result
        expect(grant.expires - now).toBeLessThanOrEqual(maxTtlSeconds * 1_000)
        expect(grant.expires).toBeGreaterThan(grant.notBefore)
        expect(grant.notBefore).toBeGreaterThanOrEqual(now)
        expect(grant.uses).toBeLessThanOrEqual(maxUses)
        expect(grant.uses).toBeGreaterThanOrEqual(1)
        if (uses !== undefined) expect(grant.uses).toBe(uses)
        if (ttlMs !== undefined) expect(grant.expires - grant.notBefore).toBe(ttlMs)
      }),
    )
  })

  test('a late start does not carry a link past the longest life', () => {
    expect(grantLink({ ttlMs: HOUR, notBefore: now + 1 }, limits, now)).toMatchObject({ granted: false })
    expect(grantLink({ ttlMs: HOUR / 2, notBefore: now + HOUR / 2 }, limits, now)).toMatchObject({ granted: true })
  })

  test('waits for the people who must agree, each counted once', () => {
    const asking = { ...limits, approvals: 2 }
    expect(grantLink({}, asking, now)).toMatchObject({ reason: expect.stringMatching(/2 more people/) })
    expect(grantLink({ approvedBy: ['a', 'a'] }, asking, now)).toMatchObject({
      reason: expect.stringMatching(/1 more person/),
    })
    expect(grantLink({ approvedBy: ['a', 'b'] }, asking, now)).toMatchObject({ granted: true })
  })
})

describe('a made link', () => {
  const subject = {
    ...{ linkId: 'aa'.repeat(16), objectId: 'bb'.repeat(16), keyGeneration: 1, rendition: 'preview' as const },
    principal: 'console',
  }
  const { row, token } = makeLink({ notBefore: now, expires: now + 1, uses: 3 }, subject, KEY, now, hmacSha256)

  test('has a row that says what its token says', async () => {
    const claims = await readToken(token, secretsOf(KEY), hmacSha256)
    expect(claims && isRowOf(claims, row)).toBe(true)
    expect(row).toMatchObject({ uses: 3, usesLeft: 3, revoked: false, created: now, principal: 'console' })
    expect(JSON.stringify(row)).not.toContain(token)
  })

  test('opens nothing through a row that says anything else', async () => {
    const claims = await readToken(token, secretsOf(KEY), hmacSha256)
    const changes = [
      ...[{ linkId: 'cc'.repeat(16) }, { objectId: 'cc'.repeat(16) }, { rendition: 'original' as const }, { kid: 8 }],
      ...[{ notBefore: now - 1 }, { expires: now + 2 }],
    ]
    for (const change of changes) {
      expect(claims && isRowOf(claims, { ...row, ...change }), JSON.stringify(change)).toBe(false)
    }
  })
})
