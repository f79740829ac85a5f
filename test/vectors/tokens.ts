/** Link tokens that docs/LINKS.md has refused, each by one step of its "Reading a token", and three that are read. */
import { createHmac } from 'node:crypto'
import { type LinkClaims, mint } from '../../shared/links/token.ts'
import { hmacSha256, KEY } from '../links/crypto.ts'

export interface RefusedToken {
  readonly name: string
  /** The step of "Reading a token" that refuses it. */
  readonly step: number
  readonly about: string
  readonly token: string
}

/** Two link keys, so that a token can be made under the wrong one. */
export const LINK_KEYS = [KEY, { kid: 8, key: new Uint8Array(32).fill(0x88) }] as const
const OTHER_KEY = LINK_KEYS[1]

const CLAIMS: LinkClaims = {
  ...{ kid: 7, linkId: '000102030405060708090a0b0c0d0e0f', objectId: 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff' },
  ...{ keyGeneration: 1, rendition: 'preview', notBefore: 1_767_225_600_000, expires: 1_767_226_200_000 },
}
const honest = mint(CLAIMS, KEY, hmacSha256)
const payload = Buffer.from(honest, 'base64url').subarray(0, 55)
const other = Buffer.from(mint({ ...CLAIMS, objectId: '11'.repeat(16) }, KEY, hmacSha256), 'base64url')

export const READ_TOKENS = [
  { name: 'preview', ...CLAIMS, token: honest },
  { name: 'other-key', ...CLAIMS, kid: 8, token: mint({ ...CLAIMS, kid: 8 }, OTHER_KEY, hmacSha256) },
  {
    ...{
      name: 'edges',
      ...CLAIMS,
      keyGeneration: 2 ** 32 - 1,
      rendition: 'display',
      notBefore: 0,
      expires: 2 ** 53 - 1,
    },
    token: mint(
      { ...CLAIMS, keyGeneration: 2 ** 32 - 1, rendition: 'display', notBefore: 0, expires: 2 ** 53 - 1 },
      KEY,
      hmacSha256,
    ),
  },
]

function mac(data: Uint8Array, domain = 'safelight/v1/link\0', key = KEY.key): Buffer {
  return createHmac('sha256', key).update(domain).update(data).digest()
}

/** A payload with bytes put in place, under a right MAC. */
function resealed(at: number, ...bytes: readonly number[]): string {
  const changed = Buffer.from(payload)
  changed.set(bytes, at)
  return Buffer.concat([changed, mac(changed)]).toString('base64url')
}

/** A payload with bytes put in place, under the MAC of what it was. */
function altered(at: number, ...bytes: readonly number[]): string {
  const changed = Buffer.from(honest, 'base64url')
  changed.set(bytes, at)
  return changed.toString('base64url')
}

function under(made: Buffer): string {
  return Buffer.concat([payload, made]).toString('base64url')
}

function u64(value: bigint): readonly number[] {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(value)
  return [...out]
}

function refused(name: string, step: number, about: string, token: string): RefusedToken {
  return { name, step, about, token }
}

/** Where they lie in the payload. */
const [NOT_BEFORE, EXPIRES, RENDITION, GENERATION, OBJECT] = [39, 47, 38, 34, 18]
/** With a character that standard base64 writes otherwise. */
const urlish = READ_TOKENS.map(({ token }) => token).find((token) => /[-_]/.test(token)) ?? ''

export const REFUSED_TOKENS: readonly RefusedToken[] = [
  refused('padded', 1, 'four padding characters, which a lenient decoder drops', `${honest}====`),
  refused(
    'longer-A',
    1,
    'a 117th character: its 6 bits are left over, so that a lenient decoder reads the same',
    `${honest}A`,
  ),
  refused('longer-P', 1, 'another 117th character, which decodes alike', `${honest}P`),
  refused('shorter', 1, '115 characters: 86 bytes and two bits', honest.slice(0, -1)),
  refused(
    'shorter-alike',
    1,
    '115 characters, the unused bits of the last one changed',
    unusedBits(honest.slice(0, -1)),
  ),
  refused('newline', 1, 'a newline at the end', `${honest}\n`),
  refused('percent', 1, 'a character percent-encoded', honest.replace(/^A/, '%41')),
  refused('empty', 1, 'no characters', ''),
  refused('standard-alphabet', 2, '+ and / for - and _', urlish.replaceAll('-', '+').replaceAll('_', '/')),
  refused('blank', 2, 'a blank for the last character', `${honest.slice(0, -1)} `),
  refused('padding-inside', 2, 'a padding character for the last one', `${honest.slice(0, -1)}=`),
  refused('not-ascii', 2, 'a fullwidth A for the first A', honest.replace('A', '\uff21')),
  refused('version-0', 3, 'version 0, the MAC right', resealed(0, 0)),
  refused('version-2', 3, 'version 2, the MAC right', resealed(0, 2)),
  refused('kid-unknown', 4, 'kid 9, which no link key has', resealed(1, 9)),
  refused('kid-of-another-key', 5, 'kid 8, the MAC made under the key of kid 7', resealed(1, 8)),
  refused('rendition-swapped', 5, 'the preview turned into the original', altered(RENDITION, 0)),
  refused('expiry-moved', 5, 'a later expiry', altered(EXPIRES, ...u64(2n ** 53n - 1n))),
  refused('generation-raised', 5, 'another key generation', altered(GENERATION, 0, 0, 0, 2)),
  refused('object-swapped', 5, 'the MAC of a link to another object', under(other.subarray(55))),
  refused('object-altered', 5, "another object's id", altered(OBJECT, ...new Uint8Array(16).fill(0x11))),
  refused('mac-flipped', 5, 'the last bit of the MAC', altered(86, (Buffer.from(honest, 'base64url')[86] ?? 0) ^ 1)),
  refused('mac-zero', 5, 'a MAC of zeros', under(Buffer.alloc(32))),
  refused('mac-without-domain', 5, 'a MAC over the payload alone', under(mac(payload, ''))),
  refused(
    'mac-without-zero',
    5,
    'a MAC without the zero byte behind its label',
    under(mac(payload, 'safelight/v1/link')),
  ),
  refused('mac-under-another-key', 5, 'a MAC under another link key', under(mac(payload, undefined, OTHER_KEY.key))),
  refused('rendition-3', 6, 'a reserved rendition, the MAC right', resealed(RENDITION, 3)),
  refused('rendition-255', 6, 'rendition 255, the MAC right', resealed(RENDITION, 255)),
  refused('no-life', 6, 'not before = expires, the MAC right', resealed(EXPIRES, ...u64(BigInt(CLAIMS.notBefore)))),
  refused(
    'negative-life',
    6,
    'not before 1 ms after expires',
    resealed(NOT_BEFORE, ...u64(BigInt(CLAIMS.expires) + 1n)),
  ),
  refused('expires-2-to-53', 6, 'expires at 2^53', resealed(EXPIRES, ...u64(2n ** 53n))),
  refused('expires-2-to-64', 6, 'expires at 2^64 - 1', resealed(EXPIRES, ...u64(2n ** 64n - 1n))),
  refused(
    'starts-2-to-53',
    6,
    'both times above 2^53 - 1',
    resealed(NOT_BEFORE, ...u64(2n ** 53n), ...u64(2n ** 53n + 2n)),
  ),
]

/** The same bytes to a decoder that drops the bits left over: the last of 115 characters carries two of them. */
function unusedBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) ^ 1)
}

/** The file v1/tokens.json. */
export function tokensFile(): string {
  const keys = LINK_KEYS.map(({ kid, key }) => ({ kid, key: Buffer.from(key).toString('hex') }))
  return `${JSON.stringify({ keys, read: READ_TOKENS, refuse: REFUSED_TOKENS }, null, 2)}\n`
}
