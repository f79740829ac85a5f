import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decode } from '../../shared/image/decode.ts'
import { boxToPixels, RENDITIONS, renderRendition } from '../../shared/image/rendition.ts'
import { picture } from './fixtures.ts'

describe('a rendition', () => {
  it('is a small upright WebP that keeps no EXIF, XMP or profile', async () => {
    const rendition = await renderRendition(await picture('gps-exif.jpg'), { maxSide: 100 })
    const meta = await sharp(rendition.bytes).metadata()
    expect(meta).toMatchObject({ format: 'webp', width: 100, height: 67 })
    expect([meta.exif, meta.xmp, meta.icc, meta.iptc]).toEqual([undefined, undefined, undefined, undefined])
    expect(Buffer.from(rendition.bytes).includes('EXIF')).toBe(false)
    const upright = await renderRendition(await picture('sideways.jpg'), { maxSide: RENDITIONS.preview })
    expect([upright.width, upright.height]).toEqual([160, 240])
  })

  it('is the same size from bytes and from the working raster, and never larger than its source', async () => {
    const bytes = await picture('cat.jpg')
    const decoded = await decode(bytes)
    if (!decoded.ok) throw new Error(decoded.reason)
    for (const maxSide of [RENDITIONS.preview, RENDITIONS.display]) {
      const [a, b] = [await renderRendition(bytes, { maxSide }), await renderRendition(decoded, { maxSide })]
      expect([a.width, a.height]).toEqual([b.width, b.height])
      expect(a.width).toBe(Math.min(451, maxSide))
    }
  })

  it('shows nothing of what lies under a box', async () => {
    const size = 64
    const secret = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 }
    const paint = async (colour: string): Promise<Uint8Array> => {
      const inner = await sharp({ create: { width: 32, height: 32, channels: 3, background: colour } })
        .png()
        .toBuffer()
      const outer = sharp({ create: { width: size, height: size, channels: 3, background: '#4080c0' } })
      return outer
        .composite([{ input: inner, left: 16, top: 16 }])
        .png()
        .toBuffer()
    }
    const [red, green] = await Promise.all([paint('#ff0000'), paint('#00ff00')])
    const render = async (bytes: Uint8Array, boxes: (typeof secret)[]) =>
      Buffer.from((await renderRendition(bytes, { maxSide: size, boxes })).bytes).toString('base64')
    expect(await render(red, [secret])).toBe(await render(green, [secret]))
    expect(await render(red, [])).not.toBe(await render(green, []))
  })

  it('covers every pixel that a box touches, and only pixels of the picture', () => {
    const coordinate = fc.double({ min: -1, max: 2, noNaN: true })
    const size = fc.double({ min: 0, max: 2, noNaN: true })
    fc.assert(
      fc.property(
        coordinate,
        coordinate,
        size,
        size,
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 2000 }),
        (x, y, w, h, width, height) => {
          const area = boxToPixels({ x, y, width: w, height: h }, width, height)
          if (area === undefined) return
          expect(area.left).toBeGreaterThanOrEqual(0)
          expect(area.top).toBeGreaterThanOrEqual(0)
          expect(area.left + area.width).toBeLessThanOrEqual(width)
          expect(area.top + area.height).toBeLessThanOrEqual(height)
          expect(area.left).toBeLessThanOrEqual(Math.max(0, x * width))
          expect(area.left + area.width).toBeGreaterThanOrEqual(Math.min(width, (x + w) * width))
        },
      ),
    )
  })
})
