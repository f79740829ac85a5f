// What a link may be, from the limits the server names, and which field a refusal is about. No DOM in here.
import type { ObjectDetail } from '../api.ts'
import { lifeWords, plural } from './format.ts'
import { TIER_WORDS } from './words.ts'

export type Limits = ObjectDetail['limits']

const LIVES = [60, 600, 3600, 86_400, 604_800, 2_592_000]
const USUAL_LIFE = 600

/** Seconds to choose from, the longest allowed among them. */
export function livesWithin({ maxTtlSeconds }: Limits): readonly number[] {
  return [...LIVES.filter((seconds) => seconds < maxTtlSeconds), maxTtlSeconds]
}

export const usualLife = ({ maxTtlSeconds }: Limits): number => Math.min(USUAL_LIFE, maxTtlSeconds)

export function limitWords({ tier, limits }: Pick<ObjectDetail, 'tier' | 'limits'>): string {
  const most = `${lifeWords(limits.maxTtlSeconds)} and ${plural(limits.maxUses, 'use')}`
  return `${TIER_WORDS[tier].name} allows links of at most ${most}.`
}

/** Why no link can be made at all now; empty when one can. */
export function approvalWords({ approvals }: Limits): string {
  if (approvals === 0) return ''
  return `${plural(approvals, 'more person has', 'more people have')} to agree to a link now, which this version can’t record yet.`
}

/** What is wrong with what was typed as the number of uses; undefined for nothing. */
export function usesWrong(typed: string, { maxUses }: Limits): string | undefined {
  const uses = Number(typed)
  if (typed.trim() !== '' && Number.isSafeInteger(uses) && uses >= 1 && uses <= maxUses) return undefined
  return maxUses === 1 ? 'Only 1 use is allowed.' : `A whole number from 1 to ${maxUses.toLocaleString('en')}.`
}

/** The field that the server's refusal names; limits can tighten while the form is open. */
export function fieldOf(reason: string): 'life' | 'uses' | 'form' {
  if (/links of at most|live longer/.test(reason)) return 'life'
  return /\buses?\b/.test(reason) ? 'uses' : 'form'
}
