import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FEATURE_NAMES, type Features } from '../../shared/sensitivity/features.ts'
import { guessRadiograph, radiographLikeness } from '../../shared/sensitivity/radiograph.ts'
import { readWriting, screenLikeness } from '../../shared/sensitivity/writing.ts'

const features = (some: Partial<Features>): Features => ({
  edgeDensity: 0.2,
  edgeAlignment: 0.2,
  texture: 0.2,
  flatness: 0.2,
  entropy: 0.9,
  brightness: 0.5,
  contrast: 0.4,
  saturation: 0.4,
  colourfulness: 0.4,
  greyness: 0.1,
  whiteness: 0,
  darkness: 0,
  symmetryLeftRight: 0.9,
  symmetryTopBottom: 0.9,
  aspect: 0.75,
  ...some,
})
const unit = fc.double({ min: 0, max: 1, noNaN: true })
const anyFeatures = fc.tuple(...FEATURE_NAMES.map((name) => unit.map((value) => ({ [name]: value }))))

const radiograph = { greyness: 1, entropy: 0.91, contrast: 0.42, edgeDensity: 0.013, texture: 0.04, whiteness: 0.01 }
const screen = { flatness: 0.74, entropy: 0.38, edgeAlignment: 0.44 }
const lines = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ score: 0.9, box: { x: 0.1, y: i / 20, width: 0.6, height: 0.03 } }))

describe('guesses from features', () => {
  it('stay within 0..1, and a guess never claims certainty', () => {
    fc.assert(
      fc.property(anyFeatures, fc.integer({ min: 0, max: 20 }), (values, count) => {
        const measured = features(Object.assign({}, ...values))
        for (const { score } of [...guessRadiograph(measured), ...readWriting(lines(count), measured)]) {
          expect(score).toBeGreaterThan(0)
          expect(score).toBeLessThanOrEqual(1)
        }
        for (const { score } of guessRadiograph(measured)) expect(score).toBeLessThan(0.9)
      }),
    )
  })

  it('take the median chest X-ray for a radiograph, and no longer when one measurement disagrees', () => {
    expect(radiographLikeness(features(radiograph))).toBe(1)
    for (const other of [
      { greyness: 0.9 },
      { entropy: 0.5 },
      { contrast: 0.1 },
      { edgeDensity: 0.2 },
      { texture: 0.3 },
      { whiteness: 0.8 },
    ]) {
      expect(guessRadiograph(features({ ...radiograph, ...other }))).toEqual([])
    }
  })

  it('take the median screenshot for a screen, and a photograph for none', () => {
    expect(screenLikeness(features(screen))).toBeGreaterThan(0.5)
    expect(screenLikeness(features({}))).toBe(0)
  })

  it('find no document and no screen without writing', () => {
    expect(readWriting([], features(screen))).toEqual([])
    expect(readWriting(lines(10), features(screen)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['text', 'document', 'screen']),
    )
  })
})
