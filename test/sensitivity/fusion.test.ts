import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse } from '../../shared/sensitivity/fusion.ts'
import { DETECTION_KINDS, type Detection } from '../../shared/sensitivity/types.ts'

const detection: fc.Arbitrary<Detection> = fc.record({
  kind: fc.constantFrom(...DETECTION_KINDS),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
})
const detections = fc.array(detection, { maxLength: 12 })

describe('fusion', () => {
  it('gives a number within 0..1, and 0 for nothing', () => {
    expect(fuse([])).toBe(0)
    fc.assert(
      fc.property(detections, (found) => {
        expect(fuse(found)).toBeGreaterThanOrEqual(0)
        expect(fuse(found)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('never falls when something more is found, or found with more confidence', () => {
    fc.assert(
      fc.property(detections, detection, (found, more) => {
        expect(fuse([...found, more])).toBeGreaterThanOrEqual(fuse(found))
        expect(fuse([...found, { ...more, score: 1 }])).toBeGreaterThanOrEqual(fuse([...found, more]))
      }),
    )
  })

  it('does not depend on order or repetition', () => {
    fc.assert(
      fc.property(detections, (found) => {
        expect(fuse([...found, ...found].reverse())).toBeCloseTo(fuse(found), 12)
      }),
    )
  })

  it('is certain of what cannot be read', () => {
    fc.assert(
      fc.property(detections, (found) => {
        expect(fuse([...found, { kind: 'unreadable', score: 1 }])).toBe(1)
      }),
    )
  })

  it('counts the same writing once, and a face on a document more than either', () => {
    const text: Detection = { kind: 'text', score: 1 }
    const document: Detection = { kind: 'document', score: 1 }
    const face: Detection = { kind: 'face', score: 0.9 }
    expect(fuse([text, document])).toBe(fuse([document]))
    expect(fuse([face, document])).toBeGreaterThan(0.95)
  })
})
