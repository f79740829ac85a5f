/** Fits the working raster to what a model looks at, and turns its bytes into the numbers that the model was trained on. */

import { openRaster, toRaster } from './codec.ts'
import type { Raster } from './types.ts'

/** How a picture lies inside a padded square: picture pixel = (padded pixel - offset) / scale. */
export interface Placement {
  readonly raster: Raster
  readonly left: number
  readonly top: number
  /** Width and height of the picture inside the padded one. */
  readonly width: number
  readonly height: number
}

const CHANNELS = 3

const clampSide = (side: number): number => Math.max(1, Math.round(side))

/** Size that fits in `side` by `side` with the same proportions; may enlarge. */
function inside(raster: Raster, side: number): { width: number; height: number } {
  const scale = side / Math.max(raster.width, raster.height)
  return { width: clampSide(raster.width * scale), height: clampSide(raster.height * scale) }
}

/** Resizes to exactly these pixels. `denoise` runs a 3x3 median afterwards, which takes away sensor noise and keeps edges. */
export async function resize(raster: Raster, width: number, height: number, denoise = false): Promise<Raster> {
  const pipeline = openRaster(raster).resize(width, height, { fit: 'fill', kernel: 'cubic' })
  return toRaster(denoise ? pipeline.median(3) : pipeline)
}

/** The raster itself, or a copy whose long side is `side` when it is larger. */
export async function shrink(raster: Raster, side: number): Promise<Raster> {
  if (Math.max(raster.width, raster.height) <= side) return raster
  const { width, height } = inside(raster, side)
  return resize(raster, width, height)
}

/** Fits the whole picture into a black square of `side` pixels, centred. */
export async function letterbox(raster: Raster, side: number): Promise<Placement> {
  const { width, height } = inside(raster, side)
  const left = Math.floor((side - width) / 2)
  const top = Math.floor((side - height) / 2)
  const padded = await toRaster(
    openRaster(raster)
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .extend({ left, right: side - width - left, top, bottom: side - height - top, background: '#000000' }),
  )
  return { raster: padded, left, top, width, height }
}

/** Resizes so that the long side is `side` and both sides are multiples of `multiple`, as fully convolutional networks ask. */
export async function resizeToMultiple(raster: Raster, side: number, multiple: number): Promise<Raster> {
  const { width, height } = inside(raster, side)
  const snap = (n: number): number => Math.max(multiple, Math.round(n / multiple) * multiple)
  return resize(raster, snap(width), snap(height))
}

/** Cuts a piece out; the rectangle is in pixels and must lie inside. By hand: libvips would take the whole raster in for it. */
export function crop(raster: Raster, area: { left: number; top: number; width: number; height: number }): Raster {
  const { left, top, width, height } = area
  const data = new Uint8Array(width * height * CHANNELS)
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * raster.width + left) * CHANNELS
    data.set(raster.data.subarray(from, from + width * CHANNELS), y * width * CHANNELS)
  }
  return { width, height, data }
}

/** How bytes become numbers: `(byte - mean) / std` for each channel. */
export interface Normalisation {
  /** Order of the channels in the tensor. */
  readonly order: 'rgb' | 'bgr'
  /** In tensor order, in byte units. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  /** `nhwc`: channels side by side for each pixel; `nchw`: one plane after the other. */
  readonly layout: 'nhwc' | 'nchw'
}

/** The tensor's numbers, width * height * 3 of them, in the layout asked for. */
export function toTensor(raster: Raster, how: Normalisation): Float32Array {
  const { data } = raster
  const pixels = raster.width * raster.height
  const out = new Float32Array(pixels * 3)
  const planar = how.layout === 'nchw'
  for (let channel = 0; channel < 3; channel++) {
    const source = how.order === 'rgb' ? channel : 2 - channel
    const mean = how.mean[channel] ?? 0
    const scale = 1 / (how.std[channel] ?? 1)
    let to = planar ? channel * pixels : channel
    const step = planar ? 1 : 3
    for (let from = source; from < data.length; from += 3, to += step) out[to] = ((data[from] ?? 0) - mean) * scale
  }
  return out
}
