/** GIF89a by hand: as many frames as one likes, screens as large as two bytes can say. */
import { join, u16le } from './file.ts'

const PALETTE = Uint8Array.of(0, 0, 0, 255, 255, 255)
/** One black pixel: clear, 0, end, in codes of three bits. */
const PIXEL = Uint8Array.of(2, 2, 0x44, 0x01, 0)

function frame(left: number, top: number, width = 1, height = 1): Uint8Array {
  const control = Uint8Array.of(0x21, 0xf9, 4, 0x08, 1, 0, 0, 0)
  return join(control, ',', u16le(left), u16le(top), u16le(width), u16le(height), Uint8Array.of(0), PIXEL)
}

/** @param frames the size that each says it has, and where it is */
export function gifOf(width: number, height: number, frames: readonly (readonly [number, number, number, number])[]) {
  return join(
    'GIF89a',
    u16le(width),
    u16le(height),
    Uint8Array.of(0x80, 0, 0),
    PALETTE,
    ...frames.map((f) => frame(...f)),
    ';',
  )
}

export const manyFrames = (width: number, height: number, count: number): Uint8Array =>
  gifOf(
    width,
    height,
    Array.from({ length: count }, () => [0, 0, 1, 1] as const),
  )
