/** From what was found to how strictly it is kept. Tiers only rise: by score, by rules, by the threat level. */

import type { Assessment } from '../sensitivity/types.ts'
import type { Policy, Tightening } from './policy.ts'
import { PREVIEWS, type Protection, THREAT_LEVELS, type ThreatLevel, TIERS, type Tier } from './types.ts'

export interface Decision {
  readonly tier: Tier
  readonly protection: Protection
  /** Why, for a person, strongest first. They say what the picture shows: sealed metadata may hold them, logs may not. */
  readonly reasons: readonly string[]
}

export const stricterTier = (a: Tier, b: Tier): Tier => (TIERS.indexOf(a) >= TIERS.indexOf(b) ? a : b)

/** The tightenings in force: every level includes those below it, so no file can make a higher level looser. */
function inForce(policy: Policy, threat: ThreatLevel): readonly Tightening[] {
  const levels = THREAT_LEVELS.slice(1, THREAT_LEVELS.indexOf(threat) + 1)
  return levels.flatMap((level) => (level === 'normal' ? [] : [policy.threats[level]]))
}

function tighten(protection: Protection, by: Tightening): Protection {
  const preview = by.preview ?? 'clear'
  return {
    ...protection,
    preview: PREVIEWS.indexOf(preview) > PREVIEWS.indexOf(protection.preview) ? preview : protection.preview,
    link: {
      maxTtlSeconds: Math.min(protection.link.maxTtlSeconds, by.link?.maxTtlSeconds ?? Number.POSITIVE_INFINITY),
      maxUses: Math.min(protection.link.maxUses, by.link?.maxUses ?? Number.POSITIVE_INFINITY),
    },
    approvals: Math.max(protection.approvals, by.minApprovals ?? 0),
    alarmThreshold: Math.min(protection.alarmThreshold, by.maxAlarmThreshold ?? 1),
  }
}

/** What a tier demands while the threat level is `threat`: for links to objects that were sealed earlier. */
export function protectionFor(tier: Tier, policy: Policy, threat: ThreatLevel): Protection {
  return inForce(policy, threat).reduce(tighten, { tier, ...policy.protections[tier] })
}

/** A score that isn't a number in 0..1 is no assessment: the strictest tier. */
function tierOfScore(score: number, { scores }: Policy): Tier {
  if (!(score >= 0 && score < scores.restricted)) return 'restricted'
  if (score >= scores.confidential) return 'confidential'
  return score >= scores.internal ? 'internal' : 'public'
}

/** Decides tier and protection. Total: every assessment gets an answer, an absurd one the strictest. */
export function decide(assessment: Assessment, policy: Policy, threat: ThreatLevel): Decision {
  const byScore = tierOfScore(assessment.score, policy)
  const claims: { tier: Tier; reason: string }[] = [
    { tier: byScore, reason: `sensitivity ${assessment.score.toFixed(2)}` },
  ]
  for (const { when, tier, reason } of policy.rules) {
    const holds = Object.entries(when).every(([kind, least]) =>
      assessment.detections.some((detection) => detection.kind === kind && !(detection.score < least)),
    )
    if (holds) claims.push({ tier, reason })
  }
  for (const { minTier } of inForce(policy, threat)) {
    if (minTier) claims.push({ tier: minTier, reason: `the threat level is ${threat}` })
  }
  const tier = claims.map((claim) => claim.tier).reduce(stricterTier)
  claims.sort((a, b) => TIERS.indexOf(b.tier) - TIERS.indexOf(a.tier))
  const reasons = claims.filter(({ tier }) => tier !== 'public').map(({ tier, reason }) => `${tier}: ${reason}`)
  return { tier, protection: protectionFor(tier, policy, threat), reasons }
}
