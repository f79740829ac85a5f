/** Whether a link may be made as it was asked for, and the row and token of one that may. */
import type { LinkRow } from '../platform/ports.ts'
import type { Protection } from '../policy/types.ts'
import { DEFAULT_TTL_MS, DEFAULT_USES, formatTtl } from './limits.ts'
import { type HmacSha256, type LinkClaims, type LinkKey, mint, type Rendition } from './token.ts'

export interface LinkRequest {
  /** Milliseconds the link lives, counted from `notBefore`. */
  readonly ttlMs?: number | undefined
  readonly uses?: number | undefined
  /** Milliseconds since 1970; now when it is missing or already past. */
  readonly notBefore?: number | undefined
  /** Who agreed, the asker not counted; a name twice is one person. */
  readonly approvedBy?: readonly string[] | undefined
}

export interface Grant {
  readonly notBefore: number
  readonly expires: number
  readonly uses: number
}

export type GrantResult =
  | { readonly granted: true; readonly grant: Grant }
  /** `reason` is for the person who asked; it names limits and nothing of the object. */
  | { readonly granted: false; readonly reason: string }

/**
 * More than the protection allows is refused, so that nobody believes in a week who got an hour. Only what the caller
 * left open is cut down to fit.
 */
export function grantLink(
  request: LinkRequest,
  { link, approvals }: Pick<Protection, 'link' | 'approvals'>,
  now: number,
): GrantResult {
  const maxTtl = link.maxTtlSeconds * 1_000
  const ttl = request.ttlMs ?? Math.min(DEFAULT_TTL_MS, maxTtl)
  const uses = request.uses ?? Math.min(DEFAULT_USES, link.maxUses)
  if (!Number.isSafeInteger(ttl) || ttl <= 0) return refuse('a link must live longer than no time')
  if (!Number.isSafeInteger(uses) || uses <= 0) return refuse('a link needs at least one use')
  const notBefore = Math.max(request.notBefore ?? now, now)
  const expires = notBefore + ttl
  if (!Number.isSafeInteger(expires)) return refuse('no such time')
  // Counted from now: a start far ahead must not carry a link past what the tier allows.
  if (expires - now > maxTtl) return refuse(`this tier allows links of at most ${formatTtl(maxTtl)}, counted from now`)
  if (uses > link.maxUses) return refuse(`this tier allows at most ${counted(link.maxUses, 'use', 'uses')} a link`)
  const missing = approvals - new Set(request.approvedBy).size
  if (missing > 0)
    return refuse(`a link at this tier now needs ${counted(missing, 'more person', 'more people')} to agree`)
  return { granted: true, grant: { notBefore, expires, uses } }
}

export interface LinkSubject {
  /** 32 lower-case hex digits: 16 fresh random bytes for every link. */
  readonly linkId: string
  readonly objectId: string
  /** The object's envelope generation as the catalogue has it now. */
  readonly keyGeneration: number
  readonly rendition: Rendition
  /** Who asked for the link. */
  readonly principal: string
}

/** The row must be in the catalogue before the token leaves the house: no row, no bytes. */
export function makeLink(
  grant: Grant,
  subject: LinkSubject,
  key: LinkKey,
  now: number,
  hmacSha256: HmacSha256,
): { readonly row: LinkRow; readonly token: string } {
  const { linkId, objectId, keyGeneration, rendition, principal } = subject
  const { notBefore, expires, uses } = grant
  const kid = key.kid
  const token = mint({ kid, linkId, objectId, keyGeneration, rendition, notBefore, expires }, key, hmacSha256)
  const row = {
    ...{ linkId, objectId, rendition, kid, created: now, notBefore, expires },
    ...{ uses, usesLeft: uses, revoked: false, principal },
  }
  return { row, token }
}

/** Whether a row is the one that was written when this token was minted. A row that says otherwise opens nothing. */
export function isRowOf(claims: LinkClaims, row: LinkRow): boolean {
  return (
    row.linkId === claims.linkId &&
    row.objectId === claims.objectId &&
    row.rendition === claims.rendition &&
    row.kid === claims.kid &&
    row.notBefore === claims.notBefore &&
    row.expires === claims.expires
  )
}

function refuse(reason: string): GrantResult {
  return { granted: false, reason }
}

function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
