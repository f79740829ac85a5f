import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyHeaders, LINK_HEADERS } from '../../shared/links/headers.ts'
import { REFUSALS, timeRefusal } from '../../shared/links/outcome.ts'
import { TOKEN_LENGTH } from '../../shared/links/token.ts'
import { isLinkUrl, linkUrl, tokenOfPath } from '../../shared/links/url.ts'

describe('refusals', () => {
  test('an unknown link is answered like a forged one, to the byte', () => {
    expect(REFUSALS.missing).toEqual(REFUSALS.forged)
    expect(REFUSALS.forged).toEqual({ status: 404, body: 'not found\n' })
  })

  test('are the statuses and bodies that docs/LINKS.md lists', () => {
    const page = readFileSync(new URL('../../docs/LINKS.md', import.meta.url), 'utf8')
    for (const [reason, { status, body }] of Object.entries(REFUSALS)) {
      const row = page.split('\n').find((line) => line.startsWith(`| ${reason}`))
      expect(row?.endsWith(`| ${status} | \`${body.trimEnd()}\` |`), reason).toBe(true)
    }
    expect(Object.keys(REFUSALS)).toHaveLength(6)
  })

  test('a link works from its first moment and no longer at its expiry', () => {
    const claims = { notBefore: 100, expires: 200 }
    expect([99, 100, 199, 200].map((now) => timeRefusal(claims, now))).toEqual([
      ...['early', undefined, undefined, 'expired'],
    ])
  })
})

describe('headers', () => {
  test('only raster images are shown in the page', () => {
    for (const type of ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif']) {
      expect(bodyHeaders(type, undefined)).toMatchObject({ 'Content-Type': type, 'Content-Disposition': 'inline' })
    }
    for (const type of ['image/svg+xml', 'text/html', 'application/pdf', 'IMAGE/JPEG', 'image/png; x=y', '']) {
      expect(bodyHeaders(type, undefined)).toMatchObject({
        ...{ 'Content-Type': 'application/octet-stream', 'Content-Disposition': 'attachment' },
      })
    }
    expect(bodyHeaders('image/png', undefined)).toMatchObject(LINK_HEADERS)
  })

  test('no file name breaks out of its header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const header = bodyHeaders('image/svg+xml', name)['Content-Disposition']
        expect(header).toMatch(/^attachment(; filename="[\w.-]+"; filename\*=UTF-8''[\w.!~%-]+)?$/)
      }),
    )
    expect(bodyHeaders('image/png', '../a "b"\r\nX: y.png')['Content-Disposition']).not.toMatch(/[\r\n]/)
  })
})

describe('addresses', () => {
  const token = 'A'.repeat(TOKEN_LENGTH)

  test('a link address gives its token back', () => {
    const url = linkUrl('http://127.0.0.1:7301', token)
    expect(url).toBe(`http://127.0.0.1:7301/l/${token}`)
    expect(tokenOfPath(new URL(url).pathname)).toBe(token)
    expect(isLinkUrl(url)).toBe(true)
  })

  test('a file, an id or another page is no link', () => {
    for (const text of ['a.slv', 'ab'.repeat(16), '/l/x', `file:///l/${token}`, 'http://h/l/short', 'http://', token]) {
      expect(isLinkUrl(text), text).toBe(false)
    }
  })
})
