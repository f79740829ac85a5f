/**
 * A guess at X-rays that come as ordinary picture files: grey throughout, smooth, many tones, hardly an edge. It uses
 * features alone and knows no anatomy, so it is worth a suspicion, never certainty; DICOM files are a rule of their own.
 */

import type { Features } from './features.ts'
import type { Detection } from './types.ts'
import { ramp } from './writing.ts'

/** The most that this guess may claim. */
const CEILING = 0.85
const REPORTED = 0.3
/** All of it: a radiograph has no harmless part, and names are burned into corners. */
const EVERYWHERE = { x: 0, y: 0, width: 1, height: 1 }

/** How much the picture's measurements are those of a radiograph, 0..1: every one of them must agree. */
export const radiographLikeness = (features: Features): number =>
  ramp(features.greyness, 0.97, 0.995) *
  ramp(features.entropy, 0.72, 0.84) *
  ramp(features.contrast, 0.2, 0.3) *
  (1 - ramp(features.edgeDensity, 0.025, 0.045)) *
  (1 - ramp(features.texture, 0.075, 0.12)) *
  (1 - ramp(features.whiteness, 0.2, 0.4))

export function guessRadiograph(features: Features): Detection[] {
  const score = CEILING * radiographLikeness(features)
  return score >= REPORTED ? [{ kind: 'medical', score, box: EVERYWHERE }] : []
}
