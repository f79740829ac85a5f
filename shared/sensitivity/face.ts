/**
 * Finds faces: one look at the whole picture, then at overlapping pieces for small faces, then two closer looks at every
 * candidate. A face stays a face when the frame changes; what only resembles one in a certain frame doesn't.
 */

import { crop, shrink } from '../image/resize.ts'
import type { Box, Raster } from '../image/types.ts'
import { type Candidate, findCandidates, suppress } from './blazeface.ts'
import { clip, overlap } from './box.ts'
import type { InferenceSession } from './runtime.ts'
import type { Detection } from './types.ts'

/** A look at the whole picture offers candidates from here on; looks at pieces, which see more stray patterns, from their own floors. */
const FLOOR = 0.4
/**
 * Grids of overlapping pieces, from coarse to fine: pieces a side, the share of a side that each takes, the least long
 * side in pixels for which they show more than the looks before, and the size to look at. A finer grid is only laid while no face was found.
 */
const GRIDS = [
  { count: 2, share: 0.6, least: 480, side: 640, floor: 0.75 },
  { count: 4, share: 0.32, least: 900, side: 1280, floor: 0.78 },
] as const
/** Closer looks: frames of this many times the candidate's box. */
const FRAMES = [2.2, 3]
const SAME_FACE = 0.3
/** Candidates looked at closely. In a crowd the rest keep their first score, which errs to the strict side. */
const CLOSER = 6
/** Faces kept, strongest first: enough for a group, few enough for the sealed header. */
const MAX_FACES = 24
/** Means below this aren't reported; from `FOUND` on no finer grid is laid. */
const REPORTED = 0.5
const FOUND = 0.75

interface Area {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Candidates in a piece of the picture, in fractions of the whole. */
async function findIn(session: InferenceSession, raster: Raster, area: Area, floor: number): Promise<Candidate[]> {
  const found = await findCandidates(session, crop(raster, area), floor)
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

/** `count` by `count` pieces, each `share` of both sides, that overlap and together cover the picture; in pixels. */
export function tilesOf({ width, height }: Raster, count: number, share: number): Area[] {
  const w = Math.ceil(width * share)
  const h = Math.ceil(height * share)
  const starts = (room: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.round((room * i) / (count - 1)))
  return starts(width - w).flatMap((left) => starts(height - h).map((top) => ({ left, top, width: w, height: h })))
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

/** The distinct faces among candidates, the strongest of them confirmed by closer looks. */
async function settle(session: InferenceSession, raster: Raster, candidates: Candidate[]): Promise<Candidate[]> {
  const distinct = suppress(candidates, MAX_FACES)
  const settled: Candidate[] = distinct.slice(CLOSER)
  for (const candidate of distinct.slice(0, CLOSER)) settled.push(await confirm(session, raster, candidate))
  return settled.filter(({ score }) => score >= REPORTED)
}

/** Faces in the picture, strongest first; the score is the mean of the looks. */
export async function detectFaces(session: InferenceSession, raster: Raster): Promise<Detection[]> {
  const candidates = await findCandidates(session, await shrink(raster, GRIDS[0].side), FLOOR)
  let faces: Candidate[] = []
  for (const { count, share, least, side, floor } of GRIDS) {
    if (Math.max(raster.width, raster.height) >= least) {
      const survey = await shrink(raster, side)
      for (const tile of tilesOf(survey, count, share)) candidates.push(...(await findIn(session, survey, tile, floor)))
    }
    faces = await settle(session, raster, candidates)
    if (faces.some(({ score }) => score >= FOUND)) break
  }
  return faces.sort((a, b) => b.score - a.score).map(({ score, box }) => ({ kind: 'face', score, box: clip(box) }))
}
