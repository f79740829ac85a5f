/** The one door to libvips: which loaders may run, and how. Everything that decodes or encodes a picture comes through here. */

import sharp, { type Sharp } from 'sharp'
import type { Limits, MediaType, Raster } from './types.ts'

sharp.cache(false)
sharp.concurrency(1)

/** libvips picks a loader by content: only these may be picked. SVG is left out, since it is a program that may ask for files. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}Buffer`)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: LOADERS })

/** The types that may be decoded, and what libvips calls them. AVIF comes through its HEIF loader. */
export const DECODABLE: Readonly<Partial<Record<MediaType, string>>> = Object.freeze({
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'heif',
  'image/gif': 'gif',
  'image/tiff': 'tiff',
})

/** A pipeline over untrusted bytes: first page, oriented, bounded in pixels and time, refusing damaged data. */
export function openUntrusted(bytes: Uint8Array, limits: Limits): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: limits.maxPixels, pages: 1, autoOrient: true }).timeout({
    seconds: limits.timeoutSeconds,
  })
}

/** A pipeline over pixels that we decoded ourselves. */
export function openRaster(raster: Raster): Sharp {
  return sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: 3 } })
}

/** Runs a pipeline to plain pixels. @throws what libvips throws */
export async function toRaster(pipeline: Sharp): Promise<Raster> {
  const { data, info } = await pipeline
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) throw new Error('three channels expected')
  return { width: info.width, height: info.height, data }
}
