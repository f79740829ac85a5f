import { createServer } from 'node:http'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decode, readHeader, reasonOf } from '../../shared/image/decode.ts'
import { LIMITS } from '../../shared/image/types.ts'
import { picture } from './fixtures.ts'

const PICTURES = ['cat.jpg', 'coffee.png', 'coffee.webp', 'coffee.avif', 'coffee.tiff', 'two-frames.gif', 'page.png']

const solid = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } })

describe('decode', () => {
  it.each(PICTURES)('turns %s into rows of RGB', async (name) => {
    const decoded = await decode(await picture(name))
    if (!decoded.ok) throw new Error(decoded.reason)
    const { raster } = decoded
    expect(raster.data.length).toBe(raster.width * raster.height * 3)
    expect([raster.width, raster.height]).toEqual([decoded.width, decoded.height])
  })

  it('applies the orientation before anything else sees the picture', async () => {
    const decoded = await decode(await picture('sideways.jpg'))
    expect(decoded).toMatchObject({ ok: true, orientation: 6, width: 160, height: 240 })
    expect(decoded.ok && [decoded.raster.width, decoded.raster.height]).toEqual([160, 240])
  })

  it('keeps the long side of the working raster within its limit, and reports the real size', async () => {
    const decoded = await decode(await solid(3000, 1000).jpeg().toBuffer())
    if (!decoded.ok) throw new Error(decoded.reason)
    expect([decoded.width, decoded.height]).toEqual([3000, 1000])
    expect([decoded.raster.width, decoded.raster.height]).toEqual([1280, 427])
  })

  it('looks at the first frame, and says how many there are', async () => {
    expect(await decode(await picture('two-frames.gif'))).toMatchObject({ ok: true, pages: 2, width: 120, height: 80 })
  })

  it.each([
    ['grey', () => solid(9, 7).toColourspace('b-w').png().toBuffer()],
    ['CMYK', () => solid(9, 7).toColourspace('cmyk').jpeg().toBuffer()],
    ['16 bit', () => solid(9, 7).toColourspace('rgb16').png().toBuffer()],
    ['palette', () => solid(9, 7).png({ palette: true }).toBuffer()],
  ])('turns %s pixels into 8 bit sRGB', async (_, make) => {
    const decoded = await decode(await make())
    expect(decoded.ok && decoded.raster.data.length).toBe(9 * 7 * 3)
    expect(decoded.ok && Math.abs((decoded.raster.data[0] ?? 0) - 128)).toBeLessThan(20)
  })

  it('shows transparent parts as white', async () => {
    const clear = { create: { width: 4, height: 4, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } } }
    const decoded = await decode(await sharp(clear).png().toBuffer())
    expect(decoded.ok && decoded.raster.data.every((byte) => byte === 255)).toBe(true)
  })

  it.each([
    ['gps-exif.jpg', true],
    ['gps-xmp.jpg', true],
    ['coffee.jpg', false],
    ['sideways.jpg', false],
  ])('says of %s whether it tells a place: %s', async (name, hasLocation) => {
    expect(await readHeader(await picture(name))).toMatchObject({ ok: true, hasLocation })
  })

  it.each(['png', 'webp', 'avif'] as const)('finds the position in EXIF inside %s', async (format) => {
    const source = sharp(await picture('gps-exif.jpg'))
    const bytes = await source.keepExif().toFormat(format).toBuffer()
    expect(await readHeader(bytes)).toMatchObject({ ok: true, mediaType: `image/${format}`, hasLocation: true })
  })

  it('finds the position in the directories of a TIFF, which libvips hands on as no EXIF', async () => {
    const tiff = Buffer.from(await picture('coffee.tiff'))
    expect(await readHeader(tiff)).toMatchObject({ ok: true, hasLocation: false })
    // the first directory is written again at the end with one entry more: a pointer to a GPS directory behind it
    const first = tiff.readUInt32LE(4)
    const count = tiff.readUInt16LE(first)
    const directory = Buffer.alloc(2 + (count + 1) * 12 + 4)
    directory.writeUInt16LE(count + 1)
    tiff.copy(directory, 2, first + 2, first + 2 + count * 12)
    const entry = (buffer: Buffer, at: number, tag: number, value: number): void => {
      buffer.writeUInt16LE(tag, at)
      buffer.writeUInt16LE(4, at + 2)
      buffer.writeUInt32LE(1, at + 4)
      buffer.writeUInt32LE(value, at + 8)
    }
    const padding = Buffer.alloc(tiff.length % 2)
    const start = tiff.length + padding.length
    entry(directory, 2 + count * 12, 0x8825, start + directory.length)
    const gps = Buffer.alloc(2 + 12 + 4)
    gps.writeUInt16LE(1)
    entry(gps, 2, 2, 51)
    tiff.writeUInt32LE(start, 4)
    const located = Buffer.concat([tiff, padding, directory, gps])
    expect(await decode(located)).toMatchObject({ ok: true, mediaType: 'image/tiff', hasLocation: true })
  })

  it('refuses more bytes and more pixels than the limits, by the header alone', async () => {
    const bytes = await picture('cat.jpg')
    expect(await decode(bytes, { ...LIMITS, maxBytes: bytes.length - 1 })).toMatchObject({ reason: 'too-large' })
    expect(await decode(bytes, { ...LIMITS, maxPixels: 451 * 300 - 1 })).toMatchObject({ reason: 'too-large' })
    expect(await decode(bytes, { ...LIMITS, maxBytes: bytes.length, maxPixels: 451 * 300 })).toMatchObject({ ok: true })
  })

  it('refuses deep pixels where it accepts as many shallow ones', async () => {
    const limits = { ...LIMITS, maxRawBytes: 90 * 70 * 3 }
    expect(await decode(await solid(90, 70).png().toBuffer(), limits)).toMatchObject({ ok: true })
    const deep = await solid(90, 70).toColourspace('rgb16').png().toBuffer()
    expect(await decode(deep, limits)).toMatchObject({ ok: false, reason: 'too-large' })
  })

  it.each([
    [
      'a progressive JPEG',
      () => solid(90, 70).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
      () => solid(90, 70).jpeg(),
    ],
    ['an interlaced PNG', () => solid(90, 70).png({ progressive: true }), () => solid(90, 70).png()],
    ['an AVIF', () => solid(90, 70).avif({ effort: 0 }), () => solid(90, 70).tiff()],
    ['a WebP', () => solid(90, 70).webp(), () => solid(90, 70).tiff()],
    ['a GIF', () => solid(90, 70).gif(), () => solid(90, 70).tiff()],
  ] as const)(
    'refuses %s that its decoder would hold whole, and no picture of that size that is read by lines',
    async (_, held, lines) => {
      const limits = { ...LIMITS, maxHeldBytes: 90 * 70 * 3 }
      expect(await decode(await held().toBuffer(), limits)).toMatchObject({ ok: false, reason: 'too-large' })
      expect(await decode(await lines().toBuffer(), limits)).toMatchObject({ ok: true })
      expect(await decode(await held().toBuffer(), LIMITS)).toMatchObject({ ok: true })
    },
  )

  it('refuses a small file that claims to be huge', async () => {
    const png = Buffer.from(await picture('coffee.png'))
    png.writeUInt32BE(60_000, 16)
    png.writeUInt32BE(60_000, 20)
    expect(await decode(png)).toMatchObject({ ok: false })
  })

  it.each(['header.dcm', 'README.md'])('answers for %s instead of throwing', async (name) => {
    expect(await decode(await picture(name))).toMatchObject({ ok: false, reason: 'undecodable' })
  })

  it.each([
    ['timeout: 42% complete', 'timeout'],
    ['Input image exceeds pixel limit', 'too-large'],
    ['VipsJpeg: premature end of JPEG image', 'undecodable'],
  ] as const)('reads the reason out of "%s"', (message, reason) => {
    expect(reasonOf(new Error(message))).toBe(reason)
  })

  it('refuses a picture cut short', async () => {
    const bytes = await picture('cat.jpg')
    expect(await decode(bytes.subarray(0, bytes.length / 2))).toMatchObject({ ok: false, reason: 'undecodable' })
  })

  it('runs no SVG and fetches nothing for it, even when it hides behind another type', async () => {
    let asked = 0
    const server = createServer((_, response) => {
      asked++
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const image = `<image xlink:href="http://127.0.0.1:${port}/x.png" width="9" height="9"/>`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">${image}</svg>`
    expect(await decode(Buffer.from(svg))).toEqual({ ok: false, mediaType: 'image/svg+xml', reason: 'undecodable' })
    expect(await decode(Buffer.from(`GIF89a${svg}`))).toMatchObject({ ok: false })
    await expect(sharp(Buffer.from(svg)).png().toBuffer()).rejects.toThrow()
    await new Promise((resolve) => server.close(resolve))
    expect(asked).toBe(0)
  })

  it('never throws, whatever was done to a picture', async () => {
    const originals = await Promise.all(PICTURES.map(picture))
    const damage = fc.record({
      of: fc.constantFrom(...originals),
      cut: fc.double({ min: 0, max: 1, noNaN: true }),
      flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 255 })), {
        maxLength: 6,
      }),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ of, cut, flips }) => {
        const bytes = Buffer.from(of.subarray(0, Math.ceil(of.length * Math.max(cut, 0.02))))
        for (const [where, mask] of flips) {
          // half of the flips fall into the first 64 bytes, where headers are
          const at = Math.floor(where * 2 * (where < 0.5 ? Math.min(64, bytes.length) : bytes.length / 2 - 1))
          bytes[at] = (bytes[at] ?? 0) ^ mask
        }
        const decoded = await decode(bytes)
        if (decoded.ok) expect(decoded.raster.data.length).toBe(decoded.raster.width * decoded.raster.height * 3)
        else expect(['too-large', 'timeout', 'undecodable']).toContain(decoded.reason)
      }),
      { numRuns: 150 },
    )
  })

  it('never throws, whatever follows a magic number', async () => {
    const magics = [
      '\xff\xd8\xff\xe0',
      '\x89PNG\r\n\x1a\n',
      'RIFF\xff\0\0\0WEBP',
      'GIF89a',
      'II*\0',
      'MM\0*',
      '\0\0\0\x20ftypavif',
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 200 }), async (magic, rest) => {
        expect(await decode(Buffer.concat([Buffer.from(magic, 'latin1'), rest]))).toHaveProperty('ok')
      }),
    )
  })
})
