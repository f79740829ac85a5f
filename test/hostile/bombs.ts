/** Small files that ask for much memory or time: huge pictures, metadata that inflate, frames and directories without end. */
import sharp, { type Sharp } from 'sharp'
import { find, type HostileFile, join, patched, u16be, u16le, u32be } from './file.ts'
import { fixture } from './fixtures.ts'
import { gifOf, manyFrames } from './gif.ts'
import { blackPng, compressedXmpPng, inflatingPng, lyingPng, xmpPng } from './png.ts'
import { rescanned } from './scans.ts'
import { crowdedTiff, cyclicTiff, hugeTiff, onePieceTiff, overlongTiff, ringTiff } from './tiff.ts'

const MIB = 2 ** 20
/** Pointers to other directories: SubIFDs, EXIF, GPS. */
const POINTERS = { SubIFD: 330, EXIF: 34_665, GPS: 34_853 }

/** An even picture of any size: a file of a few kilobytes at most in every format that encodes differences. */
function even(side: number): Sharp {
  const background = { r: 200, g: 100, b: 50 }
  return sharp({ create: { width: side, height: side, channels: 3, background }, limitInputPixels: false })
}

/** A chunk of RIFF, padded to even length. */
function riffChunk(type: string, data: Uint8Array): Uint8Array {
  return join(type, u32be(data.length).reverse(), data, new Uint8Array(data.length % 2))
}

/** A WebP in its extended form, with these chunks behind the picture. @param flags 8 EXIF, 4 XMP, 32 ICC profile */
async function webpWith(flags: number, side: number, ...chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const picture = await even(8).webp().toBuffer()
  const size = u32be(side - 1)
    .reverse()
    .subarray(0, 3)
  const body = join(
    'WEBP',
    riffChunk('VP8X', join(Uint8Array.of(flags, 0, 0, 0), size, size)),
    picture.subarray(12),
    ...chunks,
  )
  return join('RIFF', u32be(body.length).reverse(), body)
}

/** A JPEG with these segments behind its first marker. */
async function jpegWith(...segments: readonly (readonly [marker: number, data: Uint8Array])[]): Promise<Uint8Array> {
  const picture = await even(8).jpeg().toBuffer()
  const made = segments.map(([marker, data]) => join(Uint8Array.of(0xff, marker), u16be(data.length + 2), data))
  return join(picture.subarray(0, 2), ...made, picture.subarray(2))
}

const deepXmp = (levels: number): string =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/">${'<rdf:li>'.repeat(levels)}GPSLatitud${'</rdf:li>'.repeat(levels)}</x:xmpmeta>`

/** "Billion laughs": ten entities, each ten of the one before. */
export const LAUGHS = `<!DOCTYPE svg [<!ENTITY a0 "ha">${Array.from(
  { length: 10 },
  (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`,
).join('')}]>`

const sizes: readonly HostileFile[] = [
  {
    what: 'PNG of zeros, 50,000 by 50,000',
    make: () => blackPng({ width: 50_000, height: 50_000 }),
    unreadable: true,
  },
  {
    what: 'PNG of zeros, 50,000 by 50,000, one bit a pixel',
    make: () => blackPng({ width: 50_000, height: 50_000, depth: 1 }),
    unreadable: true,
  },
  { what: 'PNG of 100 megapixels', make: () => blackPng({ width: 10_000, height: 10_000, samples: 3 }) },
  {
    what: 'PNG of 100 megapixels, interlaced',
    make: () => blackPng({ width: 10_000, height: 10_000, samples: 3, interlaced: true }),
  },
  {
    what: 'PNG of 75 megapixels with alpha, interlaced',
    make: () => blackPng({ width: 8_600, height: 8_600, samples: 4, interlaced: true }),
  },
  {
    what: 'JPEG of 100 megapixels, progressive',
    make: () => even(10_000).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  },
  { what: 'AVIF of 36 megapixels', make: () => even(6_000).avif({ effort: 0, quality: 30 }).toBuffer() },
  { what: 'WebP of 100 megapixels, lossless', make: () => even(10_000).webp({ lossless: true, effort: 0 }).toBuffer() },
  { what: 'GIF of 74 megapixels', make: () => even(8_600).gif({ effort: 1 }).toBuffer() },
  {
    what: 'TIFF of 100 megapixels in tiles of 4,096',
    make: () =>
      even(10_000).tiff({ compression: 'deflate', tile: true, tileWidth: 4_096, tileHeight: 4_096 }).toBuffer(),
  },
  {
    what: 'JPEG of 49 megapixels in 400 scans',
    make: async () => rescanned(await even(7_000).jpeg({ progressive: true }).toBuffer(), 400),
  },
  { what: 'TIFF of 100 megapixels in one tile', make: () => onePieceTiff(9_984, 'tile') },
  { what: 'TIFF of 100 megapixels in one strip', make: () => onePieceTiff(10_000, 'strip') },
]

const claims: readonly HostileFile[] = [
  {
    what: 'PNG whose header says 2,147,483,647 squared',
    make: () => lyingPng({ width: 0x7fff_ffff, height: 0x7fff_ffff }, { width: 8, height: 8 }),
    unreadable: true,
  },
  {
    what: 'PNG whose header says 9,000 squared over 8 by 8',
    make: () => lyingPng({ width: 9_000, height: 9_000, samples: 3 }, { width: 8, height: 8, samples: 3 }),
    unreadable: true,
  },
  {
    what: 'PNG whose header says 8 by 8 over 20,000 squared',
    make: () => lyingPng({ width: 8, height: 8 }, { width: 20_000, height: 20_000 }),
  },
  {
    what: 'PNG whose header says 0 by 0',
    make: () => lyingPng({ width: 0, height: 0 }, { width: 8, height: 8 }),
    unreadable: true,
  },
  {
    what: 'JPEG whose header says 65,535 squared',
    make() {
      const bytes = fixture('cat.jpg')
      return patched(bytes, find(bytes, Uint8Array.of(0xff, 0xc0)) + 5, join(u16be(65_535), u16be(65_535)))
    },
    unreadable: true,
  },
  {
    what: 'JPEG whose header says 9,000 squared over 451 by 300',
    make() {
      const bytes = fixture('cat.jpg')
      return patched(bytes, find(bytes, Uint8Array.of(0xff, 0xc0)) + 5, join(u16be(9_000), u16be(9_000)))
    },
  },
  {
    what: 'WebP whose frame says 16,383 squared',
    make() {
      const bytes = fixture('coffee.webp')
      return patched(bytes, find(bytes, Uint8Array.of(0x9d, 0x01, 0x2a)) + 3, join(u16le(16_383), u16le(16_383)))
    },
    unreadable: true,
  },
  { what: 'WebP whose canvas says 16,777,216 squared', make: () => webpWith(0, 2 ** 24), unreadable: true },
  { what: 'GIF whose screen says 65,535 squared', make: () => gifOf(65_535, 65_535, [[0, 0, 1, 1]]) },
  { what: 'GIF whose frame says 65,535 squared on a screen of 1', make: () => gifOf(1, 1, [[0, 0, 65_535, 65_535]]) },
  { what: 'TIFF that says 4,294,967,295 squared', make: () => hugeTiff(0xffff_ffff), unreadable: true },
  { what: 'TIFF that says 9,000 squared and holds 64 bytes', make: () => hugeTiff(9_000) },
  ...[64, 0x7fff_ffff].map(
    (side): HostileFile => ({
      what: `AVIF whose box says ${side} squared over 600 by 400`,
      make() {
        const bytes = fixture('coffee.avif')
        return patched(bytes, find(bytes, 'ispe') + 8, join(u32be(side), u32be(side)))
      },
      unreadable: true,
    }),
  ),
]

const metadata: readonly HostileFile[] = [
  { what: 'PNG whose profile inflates to 512 MiB', make: () => inflatingPng(512 * MIB, 'iCCP') },
  { what: 'PNG whose comment inflates to 512 MiB', make: () => inflatingPng(512 * MIB, 'zTXt') },
  { what: 'PNG whose XMP inflates to 512 MiB', make: () => inflatingPng(512 * MIB, 'iTXt') },
  {
    what: 'PNG with a hundred comments that inflate to 7 MiB each',
    make: () => inflatingPng(7 * MIB, ...Array<'zTXt'>(100).fill('zTXt')),
  },
  { what: 'PNG with XMP 100,000 levels deep', make: () => xmpPng(deepXmp(100_000)) },
  { what: 'PNG with XMP that defines a billion laughs', make: () => compressedXmpPng(`${LAUGHS}<x>&a10;</x>`) },
  {
    what: 'JPEG with 500 segments of EXIF',
    make: () =>
      jpegWith(...Array.from({ length: 500 }, () => [0xe1, join('Exif\0\0', new Uint8Array(65_000))] as const)),
  },
  {
    what: 'JPEG with an EXIF directory that leads to itself',
    make: () => jpegWith([0xe1, join('Exif\0\0', cyclicTiff(POINTERS.EXIF))]),
  },
  {
    what: 'JPEG with 255 pieces of a profile',
    make: () =>
      jpegWith(
        ...Array.from(
          { length: 255 },
          (_, i) => [0xe2, join('ICC_PROFILE\0', Uint8Array.of(i + 1, 255), new Uint8Array(65_000))] as const,
        ),
      ),
  },
  { what: 'WebP with 48 MiB of EXIF', make: () => webpWith(8, 8, riffChunk('EXIF', new Uint8Array(48 * MIB))) },
  {
    what: 'WebP with XMP 1,000,000 levels deep',
    make: () => webpWith(4, 8, riffChunk('XMP ', join(deepXmp(1_000_000)))),
  },
]

const circles: readonly HostileFile[] = [
  { what: 'TIFF whose directory follows itself', make: () => cyclicTiff() },
  ...Object.entries(POINTERS).map(
    ([name, tag]): HostileFile => ({ what: `TIFF whose ${name} is its own directory`, make: () => cyclicTiff(tag) }),
  ),
  { what: 'TIFF of 20,000 directories in a ring', make: () => ringTiff(20_000) },
  { what: 'TIFF with 65,535 entries of which few are there', make: crowdedTiff },
  { what: 'TIFF with a description of 4 GiB', make: overlongTiff },
  { what: 'GIF of 10,000 frames', make: () => manyFrames(64, 64, 10_000) },
  { what: 'GIF of 10,000 frames on 8,000 squared', make: () => manyFrames(8_000, 8_000, 10_000) },
]

export const bombs: readonly HostileFile[] = [...sizes, ...claims, ...metadata, ...circles]
