/**
 * Many findings, one number. Kinds that say different things add up as independent causes (noisy-or); kinds that say the
 * same thing, and hard rules, count once by their maximum. Every constant has a name, so that a score can be explained.
 */

import type { Detection, DetectionKind } from './types.ts'
import { ramp } from './writing.ts'

/** How much a certain finding of this kind weighs, 0..1. */
export const SEVERITY: Readonly<Record<DetectionKind, number>> = Object.freeze({
  unreadable: 1,
  medical: 0.95,
  biometric: 0.95,
  nudity: 0.95,
  face: 0.75,
  document: 0.75,
  text: 0.6,
  screen: 0.6,
  location: 0.5,
})

/** A face on a document is an identity document, worse than either. */
export const IDENTITY_SEVERITY = 0.98

/** Findings of the same writing: only the heaviest counts. */
const WRITING: ReadonlySet<DetectionKind> = new Set(['text', 'document', 'screen'])

/** Animals, cups and flowers reach .72 on the face detector's scale, 99 of 100 portraits .75. */
const FACE_NOISE = 0.62
const FACE_PLAIN = 0.82

/** The strongest score of each kind. */
export function strongest(detections: readonly Detection[]): ReadonlyMap<DetectionKind, number> {
  const best = new Map<DetectionKind, number>()
  for (const { kind, score } of detections) best.set(kind, Math.max(score, best.get(kind) ?? 0))
  return best
}

const evidence = (kind: DetectionKind, score: number): number =>
  kind === 'face' ? ramp(score, FACE_NOISE, FACE_PLAIN) : ramp(score, 0, 1)

/** The sensitivity score 0..1 of these findings; 0 of none. Adding a finding never lowers it. */
export function fuse(detections: readonly Detection[]): number {
  const best = strongest(detections)
  let writing = 0
  let harmless = 1
  for (const [kind, score] of best) {
    const weight = SEVERITY[kind] * evidence(kind, score)
    if (WRITING.has(kind)) writing = Math.max(writing, weight)
    else harmless *= 1 - weight
  }
  const identity =
    IDENTITY_SEVERITY * evidence('face', best.get('face') ?? 0) * evidence('document', best.get('document') ?? 0)
  return Math.max(1 - harmless * (1 - writing), identity)
}
