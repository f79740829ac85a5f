/**
 * Named measurements of a picture: edges, texture, colour, shape and symmetry, entropy. Each is a number 0..1, computed
 * from the pixels alone and rounded, so that the same raster gives the same features everywhere.
 */

import type { Raster } from '../image/types.ts'

export const FEATURE_NAMES = [
  'edgeDensity',
  'edgeAlignment',
  'texture',
  'flatness',
  'entropy',
  'brightness',
  'contrast',
  'saturation',
  'colourfulness',
  'greyness',
  'whiteness',
  'darkness',
  'symmetryLeftRight',
  'symmetryTopBottom',
  'aspect',
] as const
export type FeatureName = (typeof FEATURE_NAMES)[number]
export type Features = Readonly<Record<FeatureName, number>>

/** About this many sample points a side: more pixels add time and no meaning. */
const SAMPLES = 320
/** Sobel magnitudes (of 1,443 possible) from here on are edges. */
const EDGE = 120
/** An edge is aligned when one component is this many times the other: within 8 degrees of an axis. */
const ALIGNED = 7
const GRID = 32

/** Cut to 0..1 and rounded, since engines differ in the last bits of logarithms and roots. */
const unit = (x: number): number => (x > 0 ? Math.round(Math.min(1, x) * 1e6) / 1e6 : 0)

/** Luma 0..255 by ITU-R BT.601 in integers. */
export function lumaOf({ data, width, height }: Raster): Uint8Array {
  const luma = new Uint8Array(width * height)
  for (let i = 0, at = 0; i < luma.length; i++, at += 3) {
    luma[i] = (77 * (data[at] ?? 0) + 150 * (data[at + 1] ?? 0) + 29 * (data[at + 2] ?? 0)) >> 8
  }
  return luma
}

function edges(luma: Uint8Array, width: number, height: number, step: number) {
  let points = 0
  let strong = 0
  let aligned = 0
  let flat = 0
  let laplacian = 0
  for (let y = 1; y < height - 1; y += step) {
    for (let x = 1; x < width - 1; x += step) {
      const p = y * width + x
      const nw = luma[p - width - 1] ?? 0
      const n = luma[p - width] ?? 0
      const ne = luma[p - width + 1] ?? 0
      const w = luma[p - 1] ?? 0
      const c = luma[p] ?? 0
      const e = luma[p + 1] ?? 0
      const sw = luma[p + width - 1] ?? 0
      const s = luma[p + width] ?? 0
      const se = luma[p + width + 1] ?? 0
      const gx = Math.abs(ne + 2 * e + se - nw - 2 * w - sw)
      const gy = Math.abs(sw + 2 * s + se - nw - 2 * n - ne)
      points++
      laplacian += Math.abs(4 * c - n - s - w - e)
      if (gx * gx + gy * gy >= EDGE * EDGE) {
        strong++
        if (gx >= ALIGNED * gy || gy >= ALIGNED * gx) aligned++
      }
      if (Math.max(n, s, w, e, c) - Math.min(n, s, w, e, c) <= 2) flat++
    }
  }
  const of = (count: number, all: number): number => (all > 0 ? count / all : 0)
  return {
    edgeDensity: unit(of(strong, points) * 2),
    edgeAlignment: unit(of(aligned, strong)),
    texture: unit(of(laplacian, points) / 64),
    flatness: unit(of(flat, points)),
  }
}

function tones(luma: Uint8Array, width: number, height: number, step: number) {
  const histogram = new Uint32Array(256)
  let points = 0
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) {
      const value = luma[y * width + x] ?? 0
      histogram[value] = (histogram[value] ?? 0) + 1
      points++
    }
  }
  let entropy = 0
  let sum = 0
  let squares = 0
  let white = 0
  let dark = 0
  histogram.forEach((count, value) => {
    if (count === 0) return
    const share = count / points
    entropy -= share * Math.log2(share)
    sum += share * value
    squares += share * value * value
    if (value >= 230) white += share
    if (value <= 25) dark += share
  })
  return {
    entropy: unit(entropy / 8),
    brightness: unit(sum / 255),
    contrast: unit(Math.sqrt(Math.max(0, squares - sum * sum)) / 127.5),
    whiteness: unit(white),
    darkness: unit(dark),
  }
}

/** Colourfulness after Hasler and Suesstrunk (2003), 150 standing for "extremely". */
function colour({ data, width, height }: Raster, step: number) {
  let points = 0
  let grey = 0
  let saturation = 0
  let rg = 0
  let rgSquares = 0
  let yb = 0
  let ybSquares = 0
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3
      const r = data[at] ?? 0
      const g = data[at + 1] ?? 0
      const b = data[at + 2] ?? 0
      const high = Math.max(r, g, b)
      const spread = high - Math.min(r, g, b)
      points++
      if (spread <= 12) grey++
      if (high > 0) saturation += spread / high
      rg += r - g
      rgSquares += (r - g) * (r - g)
      const opponent = (r + g) / 2 - b
      yb += opponent
      ybSquares += opponent * opponent
    }
  }
  const n = Math.max(1, points)
  const variance = Math.max(0, rgSquares / n - (rg / n) ** 2) + Math.max(0, ybSquares / n - (yb / n) ** 2)
  const mean = Math.hypot(rg / n, yb / n)
  return {
    saturation: unit(saturation / n),
    colourfulness: unit((Math.sqrt(variance) + 0.3 * mean) / 150),
    greyness: unit(grey / n),
  }
}

/** How alike the halves are, on a coarse grid of mean luma. */
function symmetry(luma: Uint8Array, width: number, height: number, step: number) {
  const sums = new Float64Array(GRID * GRID)
  const counts = new Uint32Array(GRID * GRID)
  for (let y = 0; y < height; y += step) {
    const row = Math.floor((y * GRID) / height) * GRID
    for (let x = 0; x < width; x += step) {
      const cell = row + Math.floor((x * GRID) / width)
      sums[cell] = (sums[cell] ?? 0) + (luma[y * width + x] ?? 0)
      counts[cell] = (counts[cell] ?? 0) + 1
    }
  }
  const at = (x: number, y: number): number => (sums[y * GRID + x] ?? 0) / Math.max(1, counts[y * GRID + x] ?? 0)
  let leftRight = 0
  let topBottom = 0
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      leftRight += Math.abs(at(x, y) - at(GRID - 1 - x, y))
      topBottom += Math.abs(at(x, y) - at(x, GRID - 1 - y))
    }
  }
  const cells = GRID * GRID * 255
  return { symmetryLeftRight: unit(1 - leftRight / cells), symmetryTopBottom: unit(1 - topBottom / cells) }
}

/** All features of a raster. */
export function measure(raster: Raster): Features {
  const { width, height } = raster
  const step = Math.max(1, Math.floor(Math.max(width, height) / SAMPLES))
  const luma = lumaOf(raster)
  return {
    ...edges(luma, width, height, step),
    ...tones(luma, width, height, step),
    ...colour(raster, step),
    ...symmetry(luma, width, height, step),
    aspect: unit(Math.min(width, height) / Math.max(1, width, height)),
  }
}
