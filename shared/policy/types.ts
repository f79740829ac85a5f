/** The words of policy: tiers, threat levels, and the protection that a tier demands. */

import type { KemLevel } from '../platform/ports.ts'

/** Data classifications, loosest first. */
export const TIERS = ['public', 'internal', 'confidential', 'restricted'] as const
export type Tier = (typeof TIERS)[number]

/** The tier that facts and rows name by number; one that this version doesn't know is the strictest. */
export const tierAt = (number: number): Tier => TIERS[number] ?? 'restricted'

/** How alarmed the deployment is, calmest first. */
export const THREAT_LEVELS = ['normal', 'elevated', 'severe'] as const
export type ThreatLevel = (typeof THREAT_LEVELS)[number]

/** What of a picture may be shown in overviews, most open first. */
export const PREVIEWS = ['clear', 'redacted', 'none'] as const
export type Preview = (typeof PREVIEWS)[number]

export interface LinkLimits {
  /** Seconds that a link may live. */
  readonly maxTtlSeconds: number
  /** Uses that a link may have. */
  readonly maxUses: number
}

/** What sealing and opening an image of a tier demands. */
export interface Protection {
  readonly tier: Tier
  /** ML-KEM parameter set. */
  readonly kem: KemLevel
  /** Logical name of the KMS key; the platform knows its id. */
  readonly kmsKey: string
  /** Preview and display renditions: as they are, with every box painted over, or not made at all. */
  readonly preview: Preview
  readonly link: LinkLimits
  /** People who must agree before a link is made. */
  readonly approvals: number
  /** Anomaly score 0..1 from which a read is flagged; lower is stricter. */
  readonly alarmThreshold: number
}
