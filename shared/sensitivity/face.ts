/**
 * Finds faces: one look at the whole picture, one at each overlapping quarter for small faces, then two closer looks at
 * every candidate. A face stays a face when the frame changes; what only resembles one in a certain frame doesn't.
 */

import type { InferenceSession } from 'onnxruntime-node'
import { crop, shrink } from '../image/resize.ts'
import type { Box, Raster } from '../image/types.ts'
import { type Candidate, findCandidates, suppress } from './blazeface.ts'
import { clip, overlap } from './box.ts'
import type { Detection } from './types.ts'

/** A look at the whole picture offers candidates from here on; a look at a quarter, which sees more stray patterns, from there. */
const FLOOR = 0.4
const TILE_FLOOR = 0.75
/** Quarters overlap: each takes this share of both sides. Pictures smaller than `TILED_SIDE` pixels hide no small faces. */
const TILE = 0.6
const TILED_SIDE = 480
/** Closer looks: frames of this many times the candidate's box. */
const FRAMES = [2.2, 3]
/** The looks at the whole and at its quarters see no more than this long side anyway. */
const SURVEY = 640
const SAME_FACE = 0.3
/** Candidates looked at closely. In a crowd the rest keep their first score, which errs to the strict side. */
const CLOSER = 6
/** Faces kept, strongest first: enough for a group, few enough for the sealed header. */
const MAX_FACES = 24
/** Means below this aren't reported. */
const REPORTED = 0.5

interface Area {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Candidates in a piece of the picture, in fractions of the whole. */
async function findIn(session: InferenceSession, raster: Raster, area: Area, floor: number): Promise<Candidate[]> {
  const found = await findCandidates(session, await crop(raster, area), floor)
  return found.map(({ score, box }) => ({
    score,
    box: {
      x: (area.left + box.x * area.width) / raster.width,
      y: (area.top + box.y * area.height) / raster.height,
      width: (box.width * area.width) / raster.width,
      height: (box.height * area.height) / raster.height,
    },
  }))
}

/** Four overlapping pieces, in pixels. */
export function tilesOf({ width, height }: Raster): Area[] {
  const w = Math.ceil(width * TILE)
  const h = Math.ceil(height * TILE)
  return [0, width - w].flatMap((left) => [0, height - h].map((top) => ({ left, top, width: w, height: h })))
}

/** A square of `times` the box's long side around its centre, cut to the picture, in pixels. */
export function frameAround(box: Box, { width, height }: Raster, times: number): Area {
  const half = (Math.max(box.width * width, box.height * height) * times) / 2
  const x = (box.x + box.width / 2) * width
  const y = (box.y + box.height / 2) * height
  const left = Math.min(width - 1, Math.max(0, Math.round(x - half)))
  const top = Math.min(height - 1, Math.max(0, Math.round(y - half)))
  return {
    left,
    top,
    width: Math.max(1, Math.min(width, Math.round(x + half)) - left),
    height: Math.max(1, Math.min(height, Math.round(y + half)) - top),
  }
}

async function confirm(session: InferenceSession, raster: Raster, candidate: Candidate): Promise<Candidate> {
  let sum = candidate.score
  for (const times of FRAMES) {
    const again = await findIn(session, raster, frameAround(candidate.box, raster, times), 0.1)
    sum += Math.max(0, ...again.filter(({ box }) => overlap(box, candidate.box) > SAME_FACE).map(({ score }) => score))
  }
  return { score: sum / (1 + FRAMES.length), box: candidate.box }
}

/** Faces in the picture, strongest first; the score is the mean of the looks. */
export async function detectFaces(session: InferenceSession, raster: Raster): Promise<Detection[]> {
  const small = await shrink(raster, SURVEY)
  const candidates = await findCandidates(session, small, FLOOR)
  if (Math.max(raster.width, raster.height) >= TILED_SIDE) {
    for (const tile of tilesOf(small)) candidates.push(...(await findIn(session, small, tile, TILE_FLOOR)))
  }
  const distinct = suppress(candidates, MAX_FACES)
  const confirmed: Candidate[] = distinct.slice(CLOSER)
  for (const candidate of distinct.slice(0, CLOSER)) confirmed.push(await confirm(session, raster, candidate))
  return confirmed
    .filter(({ score }) => score >= REPORTED)
    .sort((a, b) => b.score - a.score)
    .map(({ score, box }) => ({ kind: 'face', score, box: clip(box) }))
}
