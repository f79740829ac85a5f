import { describe, expect, it } from 'vitest'
import { letterbox, resizeToMultiple, toTensor } from '../../shared/image/resize.ts'
import type { Raster } from '../../shared/image/types.ts'
import { FACE_INPUT } from '../../shared/sensitivity/blazeface.ts'
import { TEXT_INPUT } from '../../shared/sensitivity/text.ts'

/** Two pixels: (0, 128, 255) and (255, 64, 10). */
const pair: Raster = { width: 2, height: 1, data: Uint8Array.of(0, 128, 255, 255, 64, 10) }

/** Golden vectors, computed by hand from each model's published preprocessing. */
describe('preprocessing', () => {
  it('for faces is RGB, byte / 127.5 - 1, channels last', () => {
    const golden = [-1, 0.003922, 1, 1, -0.498039, -0.921569]
    expect([...toTensor(pair, FACE_INPUT)].map((x) => Math.round(x * 1e6) / 1e6)).toEqual(golden)
  })

  it('for text is BGR with ImageNet statistics in the order PaddleOCR uses, channels first', () => {
    const golden = [2.2489, -1.9467, 0.2052, -0.9153, -1.8044, 2.64]
    expect([...toTensor(pair, TEXT_INPUT)].map((x) => Math.round(x * 1e4) / 1e4)).toEqual(golden)
  })

  it('centres the picture on black and says where it lies', async () => {
    const white: Raster = { width: 100, height: 50, data: new Uint8Array(15_000).fill(255) }
    const placed = await letterbox(white, 64)
    expect(placed).toMatchObject({ left: 0, top: 16, width: 64, height: 32 })
    const row = (y: number): number[] => [...placed.raster.data.subarray(y * 192, y * 192 + 3)]
    expect([row(0), row(15), row(16), row(47), row(48), row(63)]).toEqual(
      [0, 0, 255, 255, 0, 0].map((value) => [value, value, value]),
    )
  })

  it.each([
    [1280, 720, 640, 352],
    [720, 1280, 352, 640],
    [2000, 10, 640, 32],
    [30, 30, 640, 640],
  ])('fits %i by %i to multiples of 32: %i by %i', async (width, height, w, h) => {
    const raster = await resizeToMultiple({ width, height, data: new Uint8Array(width * height * 3) }, 640, 32)
    expect([raster.width, raster.height, raster.data.length]).toEqual([w, h, w * h * 3])
  })
})
