/** PNG by hand: pictures of zeros of any size at next to no cost, and chunks that no encoder would write. */
import { constants, crc32, deflateRawSync, deflateSync } from 'node:zlib'
import { join, u32be } from './file.ts'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const MIB = 2 ** 20
/** Adam7: first column and row, and the steps, of each pass (PNG third edition, section 8). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

export function chunk(type: string, data: Uint8Array, length = data.length): Uint8Array {
  const body = join(type, data)
  return join(u32be(length), body, u32be(crc32(body)))
}

/** zlib's stream of `count` zeros, in time and memory of a thousandth of it: one flushed block again and again. */
export function deflatedZeros(count: number): Uint8Array {
  const block = deflateRawSync(Buffer.alloc(MIB), { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  const rest = deflateRawSync(Buffer.alloc(count % MIB), { level: 9 })
  const blocks = Array.from({ length: Math.floor(count / MIB) }, () => block)
  return join(Uint8Array.of(0x78, 0xda), ...blocks, rest, u32be((count % 65_521) * 65_536 + 1))
}

export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly depth?: 1 | 8 | 16
  /** Samples a pixel: grey 1, RGB 3, RGBA 4. */
  readonly samples?: 1 | 3 | 4
  readonly interlaced?: boolean
}

const COLOUR = { 1: 0, 3: 2, 4: 6 } as const

export function ihdr({ width, height, depth = 8, samples = 1, interlaced = false }: PngHeader): Uint8Array {
  const rest = Uint8Array.of(depth, COLOUR[samples], 0, 0, interlaced ? 1 : 0)
  return chunk('IHDR', join(u32be(width), u32be(height), rest))
}

function rawBytes({ width, height, depth = 8, samples = 1, interlaced = false }: PngHeader): number {
  const rows = (w: number, h: number) => (w > 0 && h > 0 ? h * (1 + Math.ceil((w * depth * samples) / 8)) : 0)
  if (!interlaced) return rows(width, height)
  return PASSES.map(([x, y, stepX, stepY]) =>
    rows(Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)),
  ).reduce((a, b) => a + b)
}

/** A black picture that is what it says. `extra` goes between header and pixels. */
export function blackPng(header: PngHeader, ...extra: readonly Uint8Array[]): Uint8Array {
  const pixels = chunk('IDAT', deflatedZeros(rawBytes(header)))
  return join(SIGNATURE, ihdr(header), ...extra, pixels, chunk('IEND', new Uint8Array(0)))
}

/** A header of one picture over the pixels of another. */
export function lyingPng(says: PngHeader, is: PngHeader): Uint8Array {
  const pixels = chunk('IDAT', deflatedZeros(rawBytes(is)))
  return join(SIGNATURE, ihdr(says), pixels, chunk('IEND', new Uint8Array(0)))
}

/** A picture of 8 by 8 whose metadata inflate to `bytes` zeros each. */
export function inflatingPng(bytes: number, ...types: readonly ('iCCP' | 'zTXt' | 'iTXt')[]): Uint8Array {
  const zeros = deflatedZeros(bytes)
  const chunks = types.map((type) => {
    if (type === 'iTXt') return chunk(type, join('XML:com.adobe.xmp\0\x01\0\0\0', zeros))
    return chunk(type, join(type === 'iCCP' ? 'sRGB\0\0' : 'Comment\0\0', zeros))
  })
  return blackPng({ width: 8, height: 8, samples: 3 }, ...chunks)
}

export const xmpPng = (xmp: string): Uint8Array =>
  blackPng({ width: 8, height: 8, samples: 3 }, chunk('iTXt', join('XML:com.adobe.xmp\0\0\0\0\0', xmp)))

export const compressedXmpPng = (xmp: string): Uint8Array =>
  blackPng({ width: 8, height: 8, samples: 3 }, chunk('iTXt', join('XML:com.adobe.xmp\0\x01\0\0\0', deflateSync(xmp))))
