import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Raster } from '../../shared/image/types.ts'
import { FEATURE_NAMES, lumaOf, measure } from '../../shared/sensitivity/features.ts'

const paint = (
  width: number,
  height: number,
  at: (x: number, y: number) => readonly [number, number, number],
): Raster => {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(at(x, y), (y * width + x) * 3)
  return { width, height, data }
}
const grey = (value: number) => [value, value, value] as const

const anyRaster = fc
  .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): Raster => ({ width, height, data })),
  )

describe('features', () => {
  it('are finite and within 0..1 for any raster, one of a single pixel included', () => {
    fc.assert(
      fc.property(anyRaster, (raster) => {
        const features = measure(raster)
        expect(Object.keys(features).sort()).toEqual([...FEATURE_NAMES].sort())
        for (const name of FEATURE_NAMES) {
          expect(features[name], name).toBeGreaterThanOrEqual(0)
          expect(features[name], name).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('are the same for the same raster', () => {
    fc.assert(
      fc.property(anyRaster, (raster) => {
        expect(measure(raster)).toEqual(measure(raster))
      }),
    )
  })

  it('of a flat picture say flat, calm, symmetrical', () => {
    const flat = measure(paint(64, 32, () => grey(128)))
    expect(flat).toMatchObject({ edgeDensity: 0, texture: 0, flatness: 1, entropy: 0, contrast: 0, saturation: 0 })
    expect(flat).toMatchObject({ greyness: 1, symmetryLeftRight: 1, symmetryTopBottom: 1, aspect: 0.5 })
  })

  it('see edges along the axes, and tell them from slanted ones', () => {
    const upright = measure(paint(64, 64, (x) => grey(x % 16 < 8 ? 0 : 255)))
    const slanted = measure(paint(64, 64, (x, y) => grey((x + y) % 16 < 8 ? 0 : 255)))
    expect(upright.edgeAlignment).toBe(1)
    expect(slanted.edgeDensity).toBeGreaterThan(0.3)
    expect(slanted.edgeAlignment).toBe(0)
  })

  it('see colour, light and dark', () => {
    const red = measure(paint(8, 8, () => [255, 0, 0]))
    expect(red).toMatchObject({ saturation: 1, greyness: 0 })
    expect(measure(paint(8, 8, () => grey(255)))).toMatchObject({ whiteness: 1, darkness: 0, brightness: 1 })
    expect(measure(paint(8, 8, () => grey(0)))).toMatchObject({ whiteness: 0, darkness: 1, brightness: 0 })
    expect(measure(paint(64, 64, (x) => grey(x < 32 ? 0 : 255))).symmetryLeftRight).toBe(0)
    expect(measure(paint(64, 64, (x) => grey(x < 32 ? 0 : 255))).symmetryTopBottom).toBe(1)
  })

  it('rest on integer luma by BT.601', () => {
    const raster: Raster = { width: 4, height: 1, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) }
    expect([...lumaOf(raster)]).toEqual([76, 149, 28, 255])
  })
})
