/** TIFF 6.0 by hand, little-endian: directories that lead in circles, tiles as large as the picture, strips that share bytes. */
import { deflateSync } from 'node:zlib'
import { join, u16le, u32le } from './file.ts'
import { deflatedZeros } from './png.ts'

/** Tag, and its one LONG value. */
type Entry = readonly [tag: number, value: number]

const HEADER = 8

function directory(entries: readonly Entry[], next: number): Uint8Array {
  const sorted = entries.toSorted(([a], [b]) => a - b)
  return join(
    u16le(sorted.length),
    ...sorted.map(([tag, value]) => join(u16le(tag), u16le(4), u32le(1), u32le(value))),
    u32le(next),
  )
}

const sizeOf = (count: number): number => 2 + 12 * count + 4
const start = (first: number): Uint8Array => join('II', u16le(42), u32le(first))

/** Grey, 8 by 8, one uncompressed strip at `strip`. */
const grey = (strip: number, side = 8): Entry[] => [
  [256, side],
  [257, side],
  [258, 8],
  [259, 1],
  [262, 1],
  [273, strip],
  [277, 1],
  [278, side],
  [279, side * side],
]

/** The next directory of the first is the first. `pointer` adds an entry that points there too: SubIFDs, EXIF or GPS. */
export function cyclicTiff(pointer?: number): Uint8Array {
  const extra: Entry[] = pointer === undefined ? [] : [[pointer, HEADER]]
  const count = grey(0).length + extra.length
  const strip = HEADER + sizeOf(count)
  return join(start(HEADER), directory([...grey(strip), ...extra], HEADER), new Uint8Array(64))
}

/** A ring: every directory is one more page, the last leads to the first. */
export function ringTiff(pages: number): Uint8Array {
  const size = sizeOf(grey(0).length)
  const strip = HEADER + pages * size
  const all = Array.from({ length: pages }, (_, i) => directory(grey(strip), HEADER + ((i + 1) % pages) * size))
  return join(start(HEADER), ...all, new Uint8Array(64))
}

/** A directory that says it has 65,535 entries and has a few. */
export function crowdedTiff(): Uint8Array {
  const whole = cyclicTiff()
  whole.set(u16le(65_535), HEADER)
  return whole
}

/** Grey zeros, deflated, as one single tile or strip. */
export function onePieceTiff(side: number, piece: 'tile' | 'strip'): Uint8Array {
  const data = deflatedZeros(side * side)
  const layout = (at: number): Entry[] =>
    piece === 'tile'
      ? [
          [322, side],
          [323, side],
          [324, at],
          [325, data.length],
        ]
      : [
          [273, at],
          [278, side],
          [279, data.length],
        ]
  const basic: Entry[] = [
    [256, side],
    [257, side],
    [258, 8],
    [259, 8],
    [262, 1],
    [277, 1],
  ]
  const count = basic.length + layout(0).length
  const at = HEADER + sizeOf(count)
  return join(start(HEADER), directory([...basic, ...layout(at)], 0), data)
}

/** Says it is `side` by `side`, and holds one strip of 64 bytes. */
export function hugeTiff(side: number): Uint8Array {
  const entries = grey(0, 8).map(([tag, value]): Entry => (tag === 256 || tag === 257 ? [tag, side] : [tag, value]))
  const strip = HEADER + sizeOf(entries.length)
  return join(
    start(HEADER),
    directory(
      entries.map(([tag, value]): Entry => [tag, tag === 273 ? strip : value]),
      0,
    ),
    new Uint8Array(64),
  )
}

/** An embedded value that is longer than the file: a description of 4 GiB. */
export function overlongTiff(): Uint8Array {
  const entries = grey(HEADER + sizeOf(10))
  const whole = join(start(HEADER), directory([...entries, [270, HEADER]], 0), deflateSync(new Uint8Array(64)))
  const at = HEADER + 2 + 12 * entries.findIndex(([tag]) => tag > 270)
  whole.set(join(u16le(2), u32le(0xffff_fff0)), at + 2)
  return whole
}
