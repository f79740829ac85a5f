/** The face network itself, BlazeFace (back camera, 256 by 256; arXiv 1907.05047): pixels in, candidate boxes out. */

import { letterbox, type Normalisation, type Placement, toTensor } from '../image/resize.ts'
import type { Box, Raster } from '../image/types.ts'
import { overlap } from './box.ts'
import type { InferenceSession } from './runtime.ts'
import { run } from './tensor.ts'

export const FACE_INPUT: Normalisation = {
  order: 'rgb',
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
  layout: 'nhwc',
}
const SIDE = 256

/** Heads of the network: cells of this many pixels, with this many anchors in each. */
const HEADS = [
  { scores: 'scores16', boxes: 'boxes16', stride: 16, anchors: 2 },
  { scores: 'scores32', boxes: 'boxes32', stride: 32, anchors: 6 },
] as const
const VALUES = 16

const SAME_FACE_OVERLAP = 0.3

export interface Candidate {
  readonly score: number
  /** In fractions of the network's square. */
  readonly box: Box
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Candidates above `floor` from the network's four outputs. Offsets are in pixels from the centre of the anchor's cell. */
export function decodeHeads(outputs: Readonly<Record<string, Float32Array>>, floor: number): Candidate[] {
  const found: Candidate[] = []
  for (const { scores, boxes, stride, anchors } of HEADS) {
    const logits = outputs[scores] ?? new Float32Array()
    const values = outputs[boxes] ?? new Float32Array()
    const cells = SIDE / stride
    for (let i = 0; i < logits.length; i++) {
      const score = sigmoid(logits[i] ?? -Infinity)
      if (!(score >= floor)) continue
      const cell = Math.floor(i / anchors)
      const [dx = 0, dy = 0, width = 0, height = 0] = values.subarray(i * VALUES, i * VALUES + 4)
      const x = ((cell % cells) + 0.5) * stride + dx
      const y = (Math.floor(cell / cells) + 0.5) * stride + dy
      const box = {
        x: (x - width / 2) / SIDE,
        y: (y - height / 2) / SIDE,
        width: width / SIDE,
        height: height / SIDE,
      }
      found.push({ score, box })
    }
  }
  return found
}

/** Keeps the strongest of overlapping candidates (non-maximum suppression). */
export function suppress(candidates: readonly Candidate[], most: number): Candidate[] {
  const kept: Candidate[] = []
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    if (kept.length >= most) break
    if (kept.every(({ box }) => overlap(box, candidate.box) < SAME_FACE_OVERLAP)) kept.push(candidate)
  }
  return kept
}

/** From fractions of the padded square to fractions of the picture in it. */
export function unpad(box: Box, { raster, left, top, width, height }: Placement): Box {
  return {
    x: (box.x * raster.width - left) / width,
    y: (box.y * raster.height - top) / height,
    width: (box.width * raster.width) / width,
    height: (box.height * raster.height) / height,
  }
}

/** Candidates above `floor` in one look at the whole raster, in fractions of it, overlapping ones included. */
export async function findCandidates(session: InferenceSession, raster: Raster, floor: number): Promise<Candidate[]> {
  const placed = await letterbox(raster, SIDE)
  const lengths: Record<string, number> = {}
  for (const { scores, boxes, stride, anchors } of HEADS) {
    const count = (SIDE / stride) ** 2 * anchors
    lengths[scores] = count
    lengths[boxes] = count * VALUES
  }
  const outputs = await run(session, toTensor(placed.raster, FACE_INPUT), [1, SIDE, SIDE, 3], lengths)
  return decodeHeads(outputs, floor).map(({ score, box }) => ({ score, box: unpad(box, placed) }))
}
