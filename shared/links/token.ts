/**
 * The link token: what a signed decrypt URL carries, and the only check that runs before anything is looked up.
 *
 * This comment is the layout; docs/LINKS.md is the spec with vectors. Integers are big-endian.
 *
 *     token = base64url, no padding, of  payload || HMAC-SHA-256(link key, "safelight/v1/link" 00 || payload)
 *
 *     offset  length  payload (55 bytes)
 *          0       1  version, 1
 *          1       1  kid: which link key made the MAC
 *          2      16  link id
 *         18      16  object id
 *         34       4  key generation: the object's envelope generation when the link was minted
 *         38       1  rendition: 0 original, 1 preview, 2 display
 *         39       8  not before, milliseconds since 1970
 *         47       8  expires, milliseconds since 1970; later than not before
 *
 * 87 bytes, so 116 characters and no unused bits at the end. What was decoded is encoded again and compared all the
 * same: one link has one spelling, also after somebody swaps the decoder for one that takes `+`, `/` or blanks.
 */
import type { RenditionKind, Secrets } from '../platform/ports.ts'
import { fromBase64url, fromHex, toBase64url, toHex } from './encoding.ts'

export type Rendition = RenditionKind | 'original'

export interface LinkClaims {
  /** 0-255. */
  readonly kid: number
  /** 32 lower-case hex digits. */
  readonly linkId: string
  /** 32 lower-case hex digits. */
  readonly objectId: string
  readonly keyGeneration: number
  readonly rendition: Rendition
  /** Milliseconds since 1970: the first moment at which the link works. */
  readonly notBefore: number
  /** Milliseconds since 1970: the first moment at which it no longer works. */
  readonly expires: number
}

/** RFC 2104 with SHA-256 over the concatenated parts: 32 bytes. Passed in, so that this room needs no runtime. */
export type HmacSha256 = (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array

export interface LinkKey {
  readonly kid: number
  /** 32 bytes. */
  readonly key: Uint8Array
}

const VERSION = 1
const PAYLOAD = 55
const MAC = 32
const BYTES = PAYLOAD + MAC

/** Characters of every token; anything else is refused before it is decoded. */
export const TOKEN_LENGTH = (BYTES / 3) * 4

const DOMAIN = new TextEncoder().encode('safelight/v1/link\0')
const RENDITIONS: readonly Rendition[] = ['original', 'preview', 'display']
const ID = /^[0-9a-f]{32}$/

/** @throws RangeError for claims that no token can carry: a mistake of the caller, never of a client */
export function mint(claims: LinkClaims, key: LinkKey, hmacSha256: HmacSha256): string {
  if (claims.kid !== key.kid) throw new RangeError('link claims name another key')
  const payload = encodeClaims(claims)
  const token = new Uint8Array(BYTES)
  token.set(payload)
  token.set(macOf(payload, key.key, hmacSha256), PAYLOAD)
  return toBase64url(token)
}

/**
 * The claims of a token that this deployment minted; undefined for everything else, whatever is wrong with it.
 * Says nothing about time, uses or revocation: see outcome.ts and the catalogue's `spend`.
 * @throws Unavailable when the link keys can't be had
 */
export async function readToken(
  token: string,
  secrets: Pick<Secrets, 'linkKey'>,
  hmacSha256: HmacSha256,
): Promise<LinkClaims | undefined> {
  if (token.length !== TOKEN_LENGTH) return undefined
  const bytes = decodeToken(token)
  if (bytes === undefined) return undefined
  const payload = bytes.subarray(0, PAYLOAD)
  const kid = payload[1]
  if (payload[0] !== VERSION || kid === undefined) return undefined
  const key = await secrets.linkKey(kid)
  if (key === undefined || key.kid !== kid) return undefined
  if (!equalConstantTime(macOf(payload, key.key, hmacSha256), bytes.subarray(PAYLOAD))) return undefined
  return decodeClaims(payload)
}

function macOf(payload: Uint8Array, key: Uint8Array, hmacSha256: HmacSha256): Uint8Array {
  if (key.length !== 32) throw new RangeError('a link key has 32 bytes')
  return hmacSha256(key, DOMAIN, payload)
}

function decodeToken(token: string): Uint8Array | undefined {
  const bytes = fromBase64url(token)
  return bytes?.length === BYTES && toBase64url(bytes) === token ? bytes : undefined
}

function encodeClaims(claims: LinkClaims): Uint8Array {
  const rendition = RENDITIONS.indexOf(claims.rendition)
  if (!ID.test(claims.linkId) || !ID.test(claims.objectId)) throw new RangeError('ids are 32 lower-case hex digits')
  if (!fits(claims.kid, 0xff) || !fits(claims.keyGeneration, 0xffffffff)) throw new RangeError('out of range')
  if (!inOrder(claims) || rendition < 0) throw new RangeError('no such link')
  const payload = new Uint8Array(PAYLOAD)
  const view = new DataView(payload.buffer)
  payload[0] = VERSION
  payload[1] = claims.kid
  payload.set(fromHex(claims.linkId), 2)
  payload.set(fromHex(claims.objectId), 18)
  view.setUint32(34, claims.keyGeneration)
  payload[38] = rendition
  view.setBigUint64(39, BigInt(claims.notBefore))
  view.setBigUint64(47, BigInt(claims.expires))
  return payload
}

function decodeClaims(payload: Uint8Array): LinkClaims | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const rendition = RENDITIONS[view.getUint8(38)]
  if (rendition === undefined) return undefined
  const claims = {
    kid: view.getUint8(1),
    linkId: toHex(payload.subarray(2, 18)),
    objectId: toHex(payload.subarray(18, 34)),
    keyGeneration: view.getUint32(34),
    rendition,
    notBefore: Number(view.getBigUint64(39)),
    expires: Number(view.getBigUint64(47)),
  }
  return inOrder(claims) ? claims : undefined
}

function fits(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= most
}

function inOrder(claims: { notBefore: number; expires: number }): boolean {
  const most = Number.MAX_SAFE_INTEGER
  return fits(claims.notBefore, most) && fits(claims.expires, most) && claims.notBefore < claims.expires
}

/** Looks at every byte whatever it finds, so that the time taken says nothing about where a guess went wrong. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}
