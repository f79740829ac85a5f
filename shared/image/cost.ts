/**
 * How much memory a decoder holds at once, by what a header says. Most formats are read line by line; these are not, and a
 * kilobyte of them can ask for gigabytes. Factors are measured (libvips 8.18, resident growth over pixels), rounded up.
 */
import type { Metadata } from 'sharp'

/** Bytes of one sample of libvips's band formats. */
export function sampleBytes(depth: string): number {
  if (depth === 'uchar' || depth === 'char') return 1
  if (depth === 'ushort' || depth === 'short') return 2
  return depth === 'uint' || depth === 'int' || depth === 'float' ? 4 : 16
}

/** Bytes of all pixels as libvips stores them. */
export function rawBytes({ width, height, channels, depth }: Metadata): number {
  return width * height * channels * sampleBytes(depth)
}

/** Bytes that decoding holds at its peak; 0 for what is read line by line. */
export function heldBytes(meta: Metadata): number {
  const pixels = meta.width * meta.height
  switch (meta.format) {
    // All frames of dav1d and libheif's conversions: at 8 bits of depth 15 to 19 bytes a pixel, at more 22 to 26.
    case 'heif':
      return pixels * (sampleBytes(meta.depth) === 1 ? 19 : 26)
    // Several scans over coefficients of two bytes.
    case 'jpeg':
      if (!meta.isProgressive) return 0
      return pixels * (meta.chromaSubsampling === '4:2:0' ? 3.5 : 2.1 * meta.channels)
    case 'png':
      return meta.isProgressive ? rawBytes(meta) * 1.25 : 0
    // The lossless kind; the header doesn't say which it is.
    case 'webp':
      return pixels * 5
    case 'gif':
      return pixels * 6
    default:
      return 0
  }
}
