import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exifHasPlace } from '../../shared/image/location.ts'

/** A TIFF structure whose first directory points to a GPS directory with these tags. */
function exif(little: boolean, tags: readonly number[], prefix = ''): Uint8Array {
  const body = Buffer.alloc(8 + 2 + 12 + 4 + 2 + tags.length * 12 + 4)
  const u16 = (at: number, n: number) => (little ? body.writeUInt16LE(n, at) : body.writeUInt16BE(n, at))
  const u32 = (at: number, n: number) => (little ? body.writeUInt32LE(n, at) : body.writeUInt32BE(n, at))
  body.write(little ? 'II' : 'MM', 0, 'latin1')
  u16(2, 42)
  u32(4, 8)
  u16(8, 1)
  u16(10, 0x8825)
  u16(12, 4)
  u32(14, 1)
  u32(18, 26)
  u16(26, tags.length)
  tags.forEach((tag, i) => {
    u16(28 + i * 12, tag)
  })
  return Buffer.concat([Buffer.from(prefix, 'latin1'), body])
}

describe('a position in EXIF', () => {
  it.each([true, false])('is found in both byte orders, with and without prefix (little: %s)', (little) => {
    expect(exifHasPlace(exif(little, [1, 2, 3, 4]))).toBe(true)
    expect(exifHasPlace(exif(little, [1, 2, 3, 4], 'Exif\0\0'))).toBe(true)
  })

  it('is not claimed for a directory that only has a version, a time or a speed', () => {
    expect(exifHasPlace(exif(true, []))).toBe(false)
    expect(exifHasPlace(exif(true, [0, 7, 0x0d, 0x1d]))).toBe(false)
  })

  it('is looked for without throwing or looping, whatever the bytes', () => {
    const base = exif(true, [0, 7, 0x0d])
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255))), fc.nat(base.length), (edits, length) => {
        const bytes = Buffer.from(base)
        for (const [at, value] of edits) bytes[at] = value
        expect(typeof exifHasPlace(bytes.subarray(0, length))).toBe('boolean')
      }),
    )
  })
})
