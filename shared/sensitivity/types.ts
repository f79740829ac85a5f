/** What looking at a picture yields: findings, measured features and one number. How strictly to treat it is policy's. */

import type { Box } from '../image/types.ts'

export const DETECTION_KINDS = [
  'face',
  'text',
  'document',
  'screen',
  'nudity',
  'medical',
  'location',
  'biometric',
  'unreadable',
] as const
export type DetectionKind = (typeof DETECTION_KINDS)[number]

export interface Detection {
  readonly kind: DetectionKind
  /** Confidence 0..1; rules that hold are 1. */
  readonly score: number
  /** Where, in fractions 0..1 of the oriented picture; absent when it concerns the file or the whole picture. */
  readonly box?: Box
}

export interface Assessment {
  /** How sensitive, 0..1. */
  readonly score: number
  readonly detections: readonly Detection[]
  /** Named measurements 0..1, see features.ts; empty when the picture couldn't be read. */
  readonly features: Readonly<Record<string, number>>
  /** Model name to version, for every model that had a say. */
  readonly modelVersions: Readonly<Record<string, string>>
  /** Milliseconds that the assessment took, decoding excluded. */
  readonly ms: number
}
