import { describe, expect, it } from 'vitest'
import { decodeHeads, suppress, unpad } from '../../shared/sensitivity/blazeface.ts'
import { frameAround, tilesOf } from '../../shared/sensitivity/face.ts'
import { regionsOf } from '../../shared/sensitivity/text.ts'
import { blocksOf, coverage, textScore } from '../../shared/sensitivity/writing.ts'

const heads = () => ({
  scores16: new Float32Array(512).fill(-20),
  scores32: new Float32Array(384).fill(-20),
  boxes16: new Float32Array(512 * 16),
  boxes32: new Float32Array(384 * 16),
})

describe('face candidates', () => {
  it('are decoded around the centre of their anchor, in both heads', () => {
    const outputs = heads()
    // row 3, column 5 of 16 by 16 cells of 16 pixels, second anchor: centre (88, 56)
    outputs.scores16[(3 * 16 + 5) * 2 + 1] = 2
    outputs.boxes16.set([8, -4, 32, 64], ((3 * 16 + 5) * 2 + 1) * 16)
    // row 7, column 0 of 8 by 8 cells of 32 pixels, sixth anchor: centre (16, 240)
    outputs.scores32[(7 * 8 + 0) * 6 + 5] = 0
    outputs.boxes32.set([0, 0, 16, 16], ((7 * 8 + 0) * 6 + 5) * 16)
    const [a, b, ...more] = decodeHeads(outputs, 0.5)
    expect(more).toEqual([])
    expect(a?.score).toBeCloseTo(1 / (1 + Math.exp(-2)))
    expect(a?.box).toEqual({ x: 80 / 256, y: 20 / 256, width: 32 / 256, height: 64 / 256 })
    expect(b).toEqual({ score: 0.5, box: { x: 8 / 256, y: 232 / 256, width: 16 / 256, height: 16 / 256 } })
  })

  it('that overlap are one face, the strongest', () => {
    const box = { x: 0.1, y: 0.1, width: 0.2, height: 0.2 }
    const faces = [
      { score: 0.6, box },
      { score: 0.9, box: { ...box, x: 0.12 } },
      { score: 0.7, box: { ...box, x: 0.6 } },
    ]
    expect(suppress(faces, 9).map(({ score }) => score)).toEqual([0.9, 0.7])
    expect(suppress(faces, 1).map(({ score }) => score)).toEqual([0.9])
  })

  it('come back from the padded square to the picture', () => {
    const raster = { width: 256, height: 256, data: new Uint8Array() }
    const placed = { raster, left: 0, top: 64, width: 256, height: 128 }
    expect(unpad({ x: 0, y: 0.25, width: 1, height: 0.5 }, placed)).toEqual({ x: 0, y: 0, width: 1, height: 1 })
  })

  it('are looked for in pieces that cover the picture and lie inside it', () => {
    for (const [width, height] of [
      [1280, 853],
      [481, 1],
      [1, 1],
    ] as const) {
      const tiles = tilesOf({ width, height, data: new Uint8Array() }, 4, 0.32)
      for (const { left, top, width: w, height: h } of tiles) {
        expect(left >= 0 && top >= 0 && left + w <= width && top + h <= height).toBe(true)
      }
      expect(Math.min(...tiles.map(({ left }) => left))).toBe(0)
      expect(Math.max(...tiles.map(({ left, width: w }) => left + w))).toBe(width)
      expect(Math.max(...tiles.map(({ top, height: h }) => top + h))).toBe(height)
    }
  })

  it('are framed inside the picture even when they reach out of it', () => {
    const raster = { width: 100, height: 50, data: new Uint8Array() }
    for (const x of [-0.5, 0, 0.5, 0.99, 1.5]) {
      const { left, top, width, height } = frameAround({ x, y: x, width: 0.3, height: 0.3 }, raster, 3)
      expect(left >= 0 && top >= 0 && width >= 1 && height >= 1).toBe(true)
      expect(left + width <= 100 && top + height <= 50).toBe(true)
    }
  })
})

describe('text regions', () => {
  /** A map with rectangles of probability. */
  const map = (rectangles: readonly (readonly [x: number, y: number, w: number, h: number, p: number])[]) => {
    const out = new Float32Array(64 * 64)
    for (const [x, y, w, h, p] of rectangles)
      for (let row = y; row < y + h; row++) out.fill(p, row * 64 + x, row * 64 + x + w)
    return out
  }

  it('are the connected areas of a probability map, unclipped by DB', () => {
    const [region, ...more] = regionsOf(map([[8, 16, 32, 8, 0.9]]), 64, 64)
    expect(more).toEqual([])
    expect(region?.score).toBeCloseTo(0.9)
    // distance = area * 1.5 / perimeter = 256 * 1.5 / 80 = 4.8 pixels
    expect(region?.box.x).toBeCloseTo((8 - 4.8) / 64)
    expect(region?.box.height).toBeCloseTo((8 + 9.6) / 64)
  })

  it('are apart when a gap parts them, and not joined across a row end', () => {
    expect(
      regionsOf(
        map([
          [0, 8, 20, 6, 0.8],
          [40, 8, 24, 6, 0.8],
          [0, 40, 64, 6, 0.8],
        ]),
        64,
        64,
      ),
    ).toHaveLength(3)
  })

  it('that are faint or thin are none', () => {
    expect(
      regionsOf(
        map([
          [4, 4, 20, 6, 0.4],
          [4, 40, 20, 2, 0.9],
        ]),
        64,
        64,
      ),
    ).toEqual([])
  })

  it('are merged into few blocks that leave no line uncovered', () => {
    const lines = Array.from({ length: 60 }, (_, i) => ({
      score: 0.9,
      box: { x: (i % 6) / 6, y: Math.floor(i / 6) / 10, width: 0.1, height: 0.03 },
    }))
    const blocks = blocksOf(lines)
    expect(blocks.length).toBeLessThanOrEqual(16)
    for (const { box } of lines) {
      const covered = blocks.some(
        (block) =>
          block.x <= box.x + 1e-9 &&
          block.y <= box.y + 1e-9 &&
          block.x + block.width >= box.x + box.width - 1e-9 &&
          block.y + block.height >= box.y + box.height - 1e-9,
      )
      expect(covered).toBe(true)
    }
    expect(textScore(lines)).toBeGreaterThan(0.99)
    expect(coverage(lines)).toBeCloseTo(0.18)
  })
})
