import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, protectionFor, stricterTier } from '../../shared/policy/decide.ts'
import { defaultPolicy, type Policy, parsePolicy } from '../../shared/policy/policy.ts'
import { PREVIEWS, type Protection, THREAT_LEVELS, TIERS } from '../../shared/policy/types.ts'
import { type Assessment, DETECTION_KINDS, type Detection } from '../../shared/sensitivity/types.ts'

const assessment = (score: number, detections: readonly Detection[] = []): Assessment => ({
  score,
  detections,
  features: {},
  modelVersions: {},
  ms: 1,
})

const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const detections = fc.array(fc.record({ kind: fc.constantFrom(...DETECTION_KINDS), score: fraction }), { maxLength: 6 })
const anyAssessment = fc.tuple(fraction, detections).map(([score, found]) => assessment(score, found))

/** Policies whose threat levels are anything that the schema allows, loose severe ones included. */
const tightening = fc.record(
  {
    minTier: fc.constantFrom(...TIERS),
    preview: fc.constantFrom(...PREVIEWS),
    link: fc.record(
      { maxTtlSeconds: fc.integer({ min: 1, max: 1e7 }), maxUses: fc.integer({ min: 1, max: 1e6 }) },
      { requiredKeys: [] },
    ),
    minApprovals: fc.integer({ min: 0, max: 10 }),
    maxAlarmThreshold: fraction,
  },
  { requiredKeys: [] },
)
const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({ elevated: tightening, severe: tightening })
  .map((threats) => parsePolicy({ ...structuredClone(defaultPolicy), threats }))

const expectNotLooser = (strict: Protection, loose: Protection): void => {
  expect(TIERS.indexOf(strict.tier)).toBeGreaterThanOrEqual(TIERS.indexOf(loose.tier))
  expect(strict.kem).toBeGreaterThanOrEqual(loose.kem)
  expect(PREVIEWS.indexOf(strict.preview)).toBeGreaterThanOrEqual(PREVIEWS.indexOf(loose.preview))
  expect(strict.link.maxTtlSeconds).toBeLessThanOrEqual(loose.link.maxTtlSeconds)
  expect(strict.link.maxUses).toBeLessThanOrEqual(loose.link.maxUses)
  expect(strict.approvals).toBeGreaterThanOrEqual(loose.approvals)
  expect(strict.alarmThreshold).toBeLessThanOrEqual(loose.alarmThreshold)
}

describe('decide', () => {
  it('only ever tightens as the threat level rises, whatever the policy says', () => {
    fc.assert(
      fc.property(anyAssessment, anyPolicy, (found, policy) => {
        const [normal, elevated, severe] = THREAT_LEVELS.map((threat) => decide(found, policy, threat).protection)
        if (!normal || !elevated || !severe) throw new Error('three levels')
        expectNotLooser(elevated, normal)
        expectNotLooser(severe, elevated)
      }),
    )
  })

  it('never protects a stricter tier less, at any threat level', () => {
    fc.assert(
      fc.property(anyPolicy, fc.constantFrom(...THREAT_LEVELS), (policy, threat) => {
        const protections = TIERS.map((tier) => protectionFor(tier, policy, threat))
        for (const [i, protection] of protections.entries())
          expectNotLooser(protection, protections[i - 1] ?? protection)
      }),
    )
  })

  it('never loosens when more is found or the score is higher', () => {
    fc.assert(
      fc.property(anyAssessment, detections, fraction, (found, more, score) => {
        const worse = assessment(Math.max(score, found.score), [...found.detections, ...more])
        const [a, b] = [decide(found, defaultPolicy, 'normal').tier, decide(worse, defaultPolicy, 'normal').tier]
        expect(stricterTier(a, b)).toBe(b)
      }),
    )
  })

  it('answers for every assessment, and with the strictest tier for a score that is none', () => {
    for (const score of [Number.NaN, -1, 1.01, Number.POSITIVE_INFINITY]) {
      expect(decide(assessment(score), defaultPolicy, 'normal').tier).toBe('restricted')
    }
    fc.assert(
      fc.property(fc.double(), detections, fc.constantFrom(...THREAT_LEVELS), (score, found, threat) => {
        const { tier, protection } = decide(assessment(score, found), defaultPolicy, threat)
        expect(TIERS).toContain(tier)
        expect(protection.tier).toBe(tier)
      }),
    )
  })

  it.each([
    ['nothing', 0, [], 'public'],
    ['a moderate score', 0.3, [], 'internal'],
    ['a high score', 0.6, [], 'confidential'],
    ['the highest score', 0.95, [], 'restricted'],
    ['a face', 0, [{ kind: 'face', score: 0.8 }], 'confidential'],
    ['what may be a face', 0, [{ kind: 'face', score: 0.6 }], 'public'],
    ['a document', 0, [{ kind: 'document', score: 0.9 }], 'confidential'],
    ['much writing', 0, [{ kind: 'text', score: 0.9 }], 'confidential'],
    ['a screen', 0, [{ kind: 'screen', score: 0.9 }], 'confidential'],
    ['a position', 0, [{ kind: 'location', score: 1 }], 'confidential'],
    [
      'an identity document',
      0,
      [
        { kind: 'face', score: 0.8 },
        { kind: 'document', score: 0.8 },
      ],
      'restricted',
    ],
    ['nudity', 0, [{ kind: 'nudity', score: 0.8 }], 'restricted'],
    ['a medical file', 0, [{ kind: 'medical', score: 1 }], 'restricted'],
    ['what may be medical', 0, [{ kind: 'medical', score: 0.6 }], 'confidential'],
    ['biometric data', 0, [{ kind: 'biometric', score: 1 }], 'restricted'],
    ['what can’t be read', 0, [{ kind: 'unreadable', score: 0 }], 'restricted'],
  ] as const)('by default puts %s (score %s) at its tier', (_, score, found, tier) => {
    const decision = decide(assessment(score, found), defaultPolicy, 'normal')
    expect(decision.tier).toBe(tier)
    expect(decision.reasons.length > 0).toBe(tier !== 'public')
  })

  it('by default takes ML-KEM-1024 from confidential on, and shows nothing of what is restricted', () => {
    const protections = TIERS.map((tier) => protectionFor(tier, defaultPolicy, 'normal'))
    expect(protections.map(({ kem }) => kem)).toEqual([768, 768, 1024, 1024])
    expect(protections.map(({ preview }) => preview)).toEqual(['clear', 'clear', 'redacted', 'none'])
  })
})
