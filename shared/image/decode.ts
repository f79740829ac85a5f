/** From untrusted bytes to a small, upright, plain picture; a picture that can't be read is an answer, never an exception. */

import type { Metadata } from 'sharp'
import { DECODABLE, openUntrusted, toRaster } from './codec.ts'
import { heldBytes, rawBytes } from './cost.ts'
import { exifHasPlace, xmpHasPlace } from './location.ts'
import { SNIFF_BYTES, sniff } from './sniff.ts'
import type { Decoded, Header, Limits, MediaType, Undecodable, UndecodableReason } from './types.ts'
import { LIMITS } from './types.ts'

/** The answer for a picture that isn't read, for instance because it is past `LIMITS.maxBytes` and never came into memory. */
export function undecodable(mediaType: MediaType, reason: UndecodableReason = 'undecodable'): Undecodable {
  return { ok: false, mediaType, reason }
}

/** libvips and sharp tell their reasons in words only. */
export function reasonOf(error: unknown): UndecodableReason {
  const message = error instanceof Error ? error.message : ''
  if (message.startsWith('timeout:')) return 'timeout'
  return /exceeds pixel limit|exceeds.*dimensions|too large/i.test(message) ? 'too-large' : 'undecodable'
}

function hasLocation(bytes: Uint8Array, mediaType: MediaType, meta: Metadata): boolean {
  if (meta.exif && exifHasPlace(meta.exif)) return true
  // libvips hands out no EXIF block for TIFF: there the file is the block
  if (mediaType === 'image/tiff' && exifHasPlace(bytes)) return true
  // the file itself is searched too: XMP may be split, doubled or in a container that libvips doesn't read it from
  return (meta.xmp !== undefined && xmpHasPlace(meta.xmp)) || xmpHasPlace(bytes)
}

/** Reads the header alone: no pixel is decoded. Never throws. */
export async function readHeader(bytes: Uint8Array, limits: Limits = LIMITS): Promise<Header | Undecodable> {
  const mediaType = sniff(bytes.subarray(0, SNIFF_BYTES))
  const format = DECODABLE[mediaType]
  if (format === undefined) return undecodable(mediaType)
  if (bytes.length > limits.maxBytes) return undecodable(mediaType, 'too-large')
  try {
    const meta = await openUntrusted(bytes, limits).metadata()
    if (meta.format !== format) return undecodable(mediaType)
    const { width, height } = meta.autoOrient
    const tooLarge =
      width * height > limits.maxPixels || rawBytes(meta) > limits.maxRawBytes || heldBytes(meta) > limits.maxHeldBytes
    if (tooLarge) return undecodable(mediaType, 'too-large')
    return {
      ok: true,
      mediaType,
      width,
      height,
      orientation: meta.orientation ?? 1,
      pages: meta.pages ?? 1,
      hasLocation: hasLocation(bytes, mediaType, meta),
    }
  } catch (error) {
    return undecodable(mediaType, reasonOf(error))
  }
}

/**
 * Decodes the first page to a working raster of at most `limits.workingSide` pixels on its long side, shrinking while
 * loading where the format can. Transparent parts become white. Never throws.
 */
export async function decode(bytes: Uint8Array, limits: Limits = LIMITS): Promise<Decoded | Undecodable> {
  const header = await readHeader(bytes, limits)
  if (!header.ok) return header
  try {
    const side = limits.workingSide
    const pipeline = openUntrusted(bytes, limits).resize(side, side, { fit: 'inside', withoutEnlargement: true })
    return { ...header, raster: await toRaster(pipeline) }
  } catch (error) {
    return undecodable(header.mediaType, reasonOf(error))
  }
}
