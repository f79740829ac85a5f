/** The policy file: its schema, its default, and messages that point at the line to mend. */

import * as z from 'zod'
import { DETECTION_KINDS } from '../sensitivity/types.ts'
import defaults from './default.json' with { type: 'json' }
import { PREVIEWS, THREAT_LEVELS, TIERS } from './types.ts'

const fraction = z.number().min(0).max(1)
const link = z.strictObject({
  maxTtlSeconds: z.number().int().min(1).max(31_536_000).describe('seconds that a link may live'),
  maxUses: z.number().int().min(1).max(1_000_000).describe('uses that a link may have'),
})

const protection = z.strictObject({
  kem: z.union([z.literal(768), z.literal(1024)]).describe('ML-KEM parameter set'),
  kmsKey: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .describe('logical name of the KMS key'),
  preview: z.enum(PREVIEWS).describe('what previews and display copies show'),
  link,
  approvals: z.number().int().min(0).max(10).describe('people who must agree to a link'),
  alarmThreshold: fraction.describe('anomaly score from which a read is flagged; lower is stricter'),
})

/** Bounds that a threat level sets on every tier's protection. */
const tightening = z.strictObject({
  minTier: z.enum(TIERS).optional().describe('images sealed meanwhile get at least this tier'),
  preview: z.enum(PREVIEWS).optional(),
  link: link.partial().optional(),
  minApprovals: z.number().int().min(0).max(10).optional(),
  maxAlarmThreshold: fraction.optional(),
})
export type Tightening = z.infer<typeof tightening>

const rule = z.strictObject({
  when: z
    .partialRecord(z.enum(DETECTION_KINDS), fraction)
    .refine((when) => Object.keys(when).length > 0, 'name at least one kind')
    .describe('kinds that must all be detected, each with at least this score'),
  tier: z.enum(TIERS).describe('the least tier then'),
  reason: z.string().min(1).max(80),
})

const linker = z.strictObject({
  principal: z
    .string()
    .min(1)
    .max(256)
    .describe('who: an IAM user or role session by its ARN, where * stands for any characters'),
  highest: z.enum(TIERS).describe('the highest tier of which this principal may make links'),
})

const tiersOf = <T extends z.ZodType>(value: T) =>
  z.strictObject({ public: value, internal: value, confidential: value, restricted: value })

/** The shape alone, from which schema.json is made; `parsePolicy` also checks that stricter tiers are stricter. */
export const policyShape = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  scores: z
    .strictObject({ internal: fraction, confidential: fraction, restricted: fraction })
    .describe('sensitivity score from which a tier applies'),
  rules: z.array(rule).describe('least tiers by what was detected'),
  protections: tiersOf(protection),
  linkers: z
    .array(linker)
    .max(1000)
    .optional()
    .describe('who may make links to what; with this section nobody else may, without it everybody who is let in'),
  threats: z
    .strictObject({ elevated: tightening, severe: tightening })
    .describe(`what ${THREAT_LEVELS.slice(1).join(' and ')} tighten; severe includes elevated`),
})

export type Policy = Readonly<z.infer<typeof policyShape>>
type TierProtection = Policy['protections']['public']

const LOOSER: readonly [path: readonly string[], looser: (strict: TierProtection, loose: TierProtection) => boolean][] =
  [
    [['kem'], (a, b) => a.kem < b.kem],
    [['preview'], (a, b) => PREVIEWS.indexOf(a.preview) < PREVIEWS.indexOf(b.preview)],
    [['link', 'maxTtlSeconds'], (a, b) => a.link.maxTtlSeconds > b.link.maxTtlSeconds],
    [['link', 'maxUses'], (a, b) => a.link.maxUses > b.link.maxUses],
    [['approvals'], (a, b) => a.approvals < b.approvals],
    [['alarmThreshold'], (a, b) => a.alarmThreshold > b.alarmThreshold],
  ]

const policySchema = policyShape.superRefine((policy, context) => {
  const { internal, confidential, restricted } = policy.scores
  if (confidential < internal)
    context.addIssue({ code: 'custom', path: ['scores', 'confidential'], message: 'lower than internal' })
  if (restricted < confidential)
    context.addIssue({ code: 'custom', path: ['scores', 'restricted'], message: 'lower than confidential' })
  for (const [i, tier] of TIERS.entries()) {
    const below = TIERS[i - 1]
    if (below === undefined) continue
    for (const [path, looser] of LOOSER) {
      if (looser(policy.protections[tier], policy.protections[below]))
        context.addIssue({ code: 'custom', path: ['protections', tier, ...path], message: `looser than ${below}'s` })
    }
  }
})

/** The policy file is wrong; the message names every place, one a line, as `path: what is wrong`. */
export class PolicyInvalid extends Error {
  override readonly name = 'PolicyInvalid'
}

const place = (path: readonly PropertyKey[]): string => path.map(String).join('.') || '(top level)'

/** Reads a policy from parsed JSON. @throws PolicyInvalid */
export function parsePolicy(json: unknown): Policy {
  const parsed = policySchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new PolicyInvalid(parsed.error.issues.map(({ path, message }) => `${place(path)}: ${message}`).join('\n'))
}

export const defaultPolicy: Policy = parsePolicy(defaults)
