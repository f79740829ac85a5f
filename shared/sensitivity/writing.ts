/** From lines of text to what they mean: some writing, a document, a screen. Pure arithmetic over the text detector's regions. */

import type { Box } from '../image/types.ts'
import { area, grow, intersection, union } from './box.ts'
import type { Features } from './features.ts'
import type { TextRegion } from './text.ts'
import type { Detection } from './types.ts'

/** Lines after which writing is as sure as makes no difference: score = 1 - exp(-lines / LINES). */
const LINES = 3
/** Share of the picture under text from which a picture full of lines is a document. */
const DOCUMENT_COVERAGE = 0.06
/** Blocks reported, largest first; what is left goes into the last, so that no line stays outside every box. */
const MAX_BLOCKS = 16
/** Lines nearer than this, as a fraction of the picture, belong to one block. */
const BLOCK_GAP = 0.012

/** 0 below `from`, 1 above `to`, straight between them. */
export const ramp = (x: number, from: number, to: number): number => Math.min(1, Math.max(0, (x - from) / (to - from)))

/** How much writing there is, 0..1. One sign is .28, three lines .63, five .81, ten .96. */
export const textScore = (regions: readonly TextRegion[]): number => 1 - Math.exp(-regions.length / LINES)

/** Share of the picture under lines of text, 0..1; lines hardly overlap, so areas are added. */
export const coverage = (regions: readonly TextRegion[]): number =>
  Math.min(
    1,
    regions.reduce((sum, { box }) => sum + area(box), 0),
  )

/** Merges lines that touch or nearly touch into at most `MAX_BLOCKS` rectangles that together cover every line. */
export function blocksOf(regions: readonly TextRegion[]): Box[] {
  let boxes = regions.map(({ box }) => box)
  for (let merged = true; merged; ) {
    merged = false
    const next: Box[] = []
    for (const box of boxes) {
      const near = grow(box, BLOCK_GAP, BLOCK_GAP)
      const i = next.findIndex((other) => intersection(near, other) > 0)
      const other = next[i]
      if (other === undefined) next.push(box)
      else {
        next[i] = union(box, other)
        merged = true
      }
    }
    boxes = next
  }
  boxes.sort((a, b) => area(b) - area(a))
  const [rest, ...others] = boxes.slice(MAX_BLOCKS - 1)
  return rest === undefined ? boxes : [...boxes.slice(0, MAX_BLOCKS - 1), others.reduce(union, rest)]
}

/** How much a picture's pixels look like a screen's: flat areas, few tones, edges along the axes. 0..1, from features alone. */
export const screenLikeness = (features: Features): number =>
  ramp(features.flatness, 0.45, 0.6) * ramp(1 - features.entropy, 0.35, 0.5) * ramp(features.edgeAlignment, 0.25, 0.35)

/** Detections from writing: `text` for each block; over all of them `document` when lines cover enough, `screen` when the pixels look drawn. */
export function readWriting(regions: readonly TextRegion[], features: Features): Detection[] {
  if (regions.length === 0) return []
  const score = textScore(regions)
  const blocks = blocksOf(regions)
  const detections: Detection[] = blocks.map((box) => ({ kind: 'text', score, box }))
  const [first, ...others] = blocks
  const box = first && others.reduce(union, first)
  const document = score * ramp(coverage(regions), 0, DOCUMENT_COVERAGE)
  const screen = screenLikeness(features) * ramp(regions.length, 0, 3)
  if (box && document > 0) detections.push({ kind: 'document', score: document, box })
  if (box && screen > 0) detections.push({ kind: 'screen', score: screen, box })
  return detections
}
