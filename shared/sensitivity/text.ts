/** Finds writing with PP-OCRv4's detector, a network that says for each pixel how likely it belongs to a line of text (DB, arXiv 1911.08947). */

import { type Normalisation, resizeToMultiple, toTensor } from '../image/resize.ts'
import type { Box, Raster } from '../image/types.ts'
import { grow } from './box.ts'
import type { InferenceSession } from './runtime.ts'
import { run } from './tensor.ts'

/** PaddleOCR applies ImageNet's RGB statistics to BGR channels as they stand; the weights were trained that way. */
export const TEXT_INPUT: Normalisation = {
  order: 'bgr',
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
  layout: 'nchw',
}
const MULTIPLE = 32
const OUTPUT = 'sigmoid_0.tmp_0'

/** PaddleOCR's defaults: pixels above `INK` form regions, regions whose mean is above `REGION` count. */
const INK = 0.3
const REGION = 0.6
/** Regions thinner than this many pixels of the map are specks. */
const MIN_PIXELS = 3
/** The network draws lines thinner than they are; DB's unclip ratio gives their height back. */
const UNCLIP = 1.5

export interface TextRegion {
  /** Mean probability inside, 0..1. */
  readonly score: number
  readonly box: Box
}

/** Connected regions (4 neighbours) of a probability map, as rectangles in fractions of it. */
export function regionsOf(map: Float32Array, width: number, height: number): TextRegion[] {
  const seen = new Uint8Array(width * height)
  const stack: number[] = []
  const regions: TextRegion[] = []
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || !((map[start] ?? 0) > INK)) continue
    seen[start] = 1
    stack.push(start)
    let left = width
    let right = 0
    let top = height
    let bottom = 0
    let sum = 0
    let count = 0
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const x = at % width
      const y = (at - x) / width
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
      sum += map[at] ?? 0
      count++
      if (x > 0) visit(at - 1)
      if (x + 1 < width) visit(at + 1)
      if (y > 0) visit(at - width)
      if (y + 1 < height) visit(at + width)
    }
    const w = right - left + 1
    const h = bottom - top + 1
    if (Math.min(w, h) < MIN_PIXELS || sum / count < REGION) continue
    const out = (w * h * UNCLIP) / (2 * (w + h))
    const box = { x: left / width, y: top / height, width: w / width, height: h / height }
    regions.push({ score: Math.min(1, sum / count), box: grow(box, out / width, out / height) })
  }
  return regions

  function visit(at: number): void {
    if (seen[at] || !((map[at] ?? 0) > INK)) return
    seen[at] = 1
    stack.push(at)
  }
}

/** Lines of text, looked for with the picture's long side at `side` pixels: small is fast, large finds small print. */
export async function detectText(session: InferenceSession, raster: Raster, side: number): Promise<TextRegion[]> {
  const { width, height, ...pixels } = await resizeToMultiple(raster, side, MULTIPLE)
  const input = toTensor({ width, height, ...pixels }, TEXT_INPUT)
  const outputs = await run(session, input, [1, 3, height, width], { [OUTPUT]: width * height })
  return regionsOf(outputs[OUTPUT] ?? new Float32Array(), width, height)
}
