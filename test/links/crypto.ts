/** The HMAC and keys that the link tests pass in. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import type { LinkClaims, LinkKey } from '../../shared/links/token.ts'

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return new Uint8Array(mac.digest())
}

export const KEY: LinkKey = { kid: 7, key: new Uint8Array(32).map((_, i) => i) }

export function secretsOf(...keys: readonly LinkKey[]) {
  return { linkKey: async (kid?: number) => keys.find((key) => kid === undefined || key.kid === kid) }
}

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'))

/** Claims that a token can carry, edges of every width included. */
export const claimsOf = (kid: number): fc.Arbitrary<LinkClaims> =>
  fc
    .record({
      linkId: id,
      objectId: id,
      keyGeneration: fc.oneof(fc.constant(0xffffffff), fc.nat()),
      rendition: fc.constantFrom('original', 'preview', 'display'),
      times: fc.uniqueArray(fc.maxSafeNat(), { minLength: 2, maxLength: 2 }),
    })
    .map(({ times, ...rest }) => ({ ...rest, kid, notBefore: Math.min(...times), expires: Math.max(...times) }))
