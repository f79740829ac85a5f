/** Arithmetic of rectangles in fractions of the picture. */

import type { Box } from '../image/types.ts'

export const area = (box: Box): number => Math.max(0, box.width) * Math.max(0, box.height)

export function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const shared = intersection(a, b)
  const all = area(a) + area(b) - shared
  return all > 0 ? shared / all : 0
}

/** The smallest rectangle around both. */
export function union(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x)
  const y = Math.min(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  }
}

/** Cuts to the picture. */
export function clip(box: Box): Box {
  const x = Math.min(1, Math.max(0, box.x))
  const y = Math.min(1, Math.max(0, box.y))
  return {
    x,
    y,
    width: Math.min(1, Math.max(x, box.x + box.width)) - x,
    height: Math.min(1, Math.max(y, box.y + box.height)) - y,
  }
}

/** Moves every edge outwards: `dx` and `dy` in fractions of the picture. */
export const grow = (box: Box, dx: number, dy: number): Box =>
  clip({ x: box.x - dx, y: box.y - dy, width: box.width + 2 * dx, height: box.height + 2 * dy })
