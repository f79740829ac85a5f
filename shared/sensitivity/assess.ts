/** The room's front door: looks at one picture with every detector that can still matter, and says what it found. */

import type { Decoded, Raster, Undecodable } from '../image/types.ts'
import { detectFaces } from './face.ts'
import { type Features, measure } from './features.ts'
import { fuse } from './fusion.ts'
import type { LoadedModels, Models } from './models.ts'
import { guessRadiograph } from './radiograph.ts'
import { applyRules } from './rules.ts'
import { detectText, type TextRegion } from './text.ts'
import type { Assessment, Detection } from './types.ts'
import { readWriting, screenLikeness } from './writing.ts'

/** Long sides at which writing is looked for, pixels. */
const GLANCE = 320
const LOOK = 640
const STUDY = 960
/** Lines from which more of them change no score by as much as a thirtieth. */
const PLENTY = 10
/** Icons aren't enlarged past this: blown-up curves look like letters. */
const MAX_ENLARGEMENT = 1.5
const SCREEN = 0.3

/** Looks small first, and larger only while more lines could change the outcome. */
async function findText(models: LoadedModels, raster: Raster, features: Features): Promise<TextRegion[]> {
  const session = models.sessions.text
  const most = Math.max(raster.width, raster.height) * MAX_ENLARGEMENT
  let regions = await detectText(session, raster, Math.min(GLANCE, most))
  if (regions.length >= PLENTY || most <= GLANCE) return regions
  const look = await detectText(session, raster, Math.min(LOOK, most))
  regions = look.length >= regions.length ? look : regions
  // the small print of screens shows only here, and photographs would pay for nothing
  if (regions.length >= PLENTY || most <= LOOK || screenLikeness(features) < SCREEN) return regions
  const study = await detectText(session, raster, Math.min(STUDY, most))
  return study.length >= regions.length ? study : regions
}

async function look(input: Decoded, models: LoadedModels): Promise<{ detections: Detection[]; features: Features }> {
  const features = measure(input.raster)
  const faces = await detectFaces(models.sessions.face, input.raster)
  const writing = readWriting(await findText(models, input.raster, features), features)
  return { features, detections: [...applyRules(input), ...faces, ...writing, ...guessRadiograph(features)] }
}

const unreadable = (input: Decoded | Undecodable): Detection[] => {
  const rules = applyRules(input)
  return rules.some(({ kind }) => kind === 'unreadable') ? rules : [...rules, { kind: 'unreadable', score: 1 }]
}

/**
 * Assesses a picture. What can't be read, for whatever reason, is `unreadable` at score 1: a damaged file, models that
 * can't be trusted, a detector that fails. Never throws. `now` gives milliseconds and only measures.
 */
export async function assess(
  input: Decoded | Undecodable,
  models: Models,
  now: () => number = () => performance.now(),
): Promise<Assessment> {
  const start = now()
  const finish = (detections: readonly Detection[], features: Readonly<Record<string, number>>): Assessment => ({
    score: fuse(detections),
    detections,
    features,
    modelVersions: models.versions,
    ms: now() - start,
  })
  if (!input.ok || !models.ok) return finish(unreadable(input), {})
  try {
    const { detections, features } = await look(input, models)
    return finish(detections, features)
  } catch {
    return finish(unreadable(input), {})
  }
}
