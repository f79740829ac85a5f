/**
 * What a link request is answered with when it opens nothing: one status and one body a reason, the whole list.
 *
 * Who can't show a token of ours learns nothing: forged, malformed and unknown are one answer. Who can has been given
 * the link by somebody, and may know why it doesn't work any more (410) or not yet (403: unlike 404 and 410 nobody
 * caches a 403 by default, and this one turns into bytes later).
 */
import type { SpendResult } from '../platform/ports.ts'
import type { LinkClaims } from './token.ts'

export type Refusal = 'forged' | Exclude<SpendResult['outcome'], 'spent'>

export interface RefusalAnswer {
  readonly status: 403 | 404 | 410
  /** Plain text, with its newline. */
  readonly body: string
}

const NOT_FOUND: RefusalAnswer = { status: 404, body: 'not found\n' }

export const REFUSALS: Readonly<Record<Refusal, RefusalAnswer>> = Object.freeze({
  forged: NOT_FOUND,
  missing: NOT_FOUND,
  early: { status: 403, body: 'this link is not valid yet\n' },
  expired: { status: 410, body: 'this link has expired\n' },
  'used-up': { status: 410, body: 'this link has been used up\n' },
  revoked: { status: 410, body: 'this link was revoked\n' },
})

/**
 * Whether a verified token is within its time, before any I/O: a link works from `notBefore` on and no longer at
 * `expires`. The server's clock alone decides, without skew.
 */
export function timeRefusal(
  claims: Pick<LinkClaims, 'notBefore' | 'expires'>,
  now: number,
): 'early' | 'expired' | undefined {
  if (now >= claims.expires) return 'expired'
  return now < claims.notBefore ? 'early' : undefined
}
