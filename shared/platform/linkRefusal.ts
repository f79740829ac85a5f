/** Why a link can't be spent, in the order in which every catalogue says it. */
import type { LinkRow, SpendResult } from './ports.ts'

/** What can't be mended by waiting comes first. @returns undefined when it can be spent */
export function refusalOf(
  link: Pick<LinkRow, 'revoked' | 'notBefore' | 'expires' | 'usesLeft'> | undefined,
  now: number,
): Exclude<SpendResult['outcome'], 'spent'> | undefined {
  if (link === undefined) return 'missing'
  if (link.revoked) return 'revoked'
  if (now >= link.expires) return 'expired'
  if (now < link.notBefore) return 'early'
  return link.usesLeft > 0 ? undefined : 'used-up'
}
