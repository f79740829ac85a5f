/** Small pictures to show instead of the original: a preview for the grid, a display copy for the page. They are sealed like it. */

import { openRaster, openUntrusted } from './codec.ts'
import type { Box, Decoded, Limits } from './types.ts'
import { LIMITS } from './types.ts'

/** Long sides in pixels. */
export const RENDITIONS = Object.freeze({ preview: 320, display: 1600 })
export type RenditionKind = keyof typeof RENDITIONS

export interface Rendition {
  readonly bytes: Uint8Array
  readonly mediaType: 'image/webp'
  readonly width: number
  readonly height: number
}

/** Less effort than libwebp's own 4 takes half the time, and 2 to 4 % more bytes. */
const WEBP = { quality: 80, effort: 2 }

const REDACTION = { r: 23, g: 23, b: 26 }
/** A redacted box is this much larger on every side, as a fraction of the picture's long side: hair and letter ends show too. */
const REDACTION_MARGIN = 0.01

/** The pixels that a box covers in a picture of this size, grown by the margin and cut to the picture; undefined when nothing is left. */
export function boxToPixels(
  box: Box,
  width: number,
  height: number,
): { left: number; top: number; width: number; height: number } | undefined {
  const margin = REDACTION_MARGIN * Math.max(width, height)
  const left = Math.max(0, Math.floor(box.x * width - margin))
  const top = Math.max(0, Math.floor(box.y * height - margin))
  const right = Math.min(width, Math.ceil((box.x + box.width) * width + margin))
  const bottom = Math.min(height, Math.ceil((box.y + box.height) * height + margin))
  return right > left && bottom > top ? { left, top, width: right - left, height: bottom - top } : undefined
}

/**
 * Makes a WebP at most `maxSide` pixels on its long side, never larger than its source, upright, without EXIF, XMP or
 * profile, `boxes` painted over solid before encoding. A `Decoded` source has at most the working raster's pixels.
 * @throws when the bytes can't be decoded; call it for what `decode` accepted
 */
export async function renderRendition(
  source: Decoded | Uint8Array,
  options: { maxSide: number; boxes?: readonly Box[] },
  limits: Limits = LIMITS,
): Promise<Rendition> {
  const opened = source instanceof Uint8Array ? openUntrusted(source, limits) : openRaster(source.raster)
  const { data, info } = await opened
    .resize(options.maxSide, options.maxSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  for (const box of options.boxes ?? []) paint(data, info.width, boxToPixels(box, info.width, info.height))
  const bytes = await openRaster({ width: info.width, height: info.height, data }).webp(WEBP).toBuffer()
  return { bytes, mediaType: 'image/webp', width: info.width, height: info.height }
}

function paint(data: Uint8Array, stride: number, area: ReturnType<typeof boxToPixels>): void {
  if (area === undefined) return
  for (let y = area.top; y < area.top + area.height; y++) {
    for (let x = area.left; x < area.left + area.width; x++) {
      const at = (y * stride + x) * 3
      data[at] = REDACTION.r
      data[at + 1] = REDACTION.g
      data[at + 2] = REDACTION.b
    }
  }
}
