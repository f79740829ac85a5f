/** Whatever detectors say, the metadata that comes of it can be sealed and read. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describe, featureDigest } from '../../shared/flow/describe.ts'
import type { Examination } from '../../shared/flow/examine.ts'
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { defaultPolicy } from '../../shared/policy/policy.ts'
import { DETECTION_KINDS } from '../../shared/sensitivity/types.ts'
import { encodeMetadata, parseMetadata } from '../../shared/vault/metadata.ts'

const absurd = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -1, 2, Number.POSITIVE_INFINITY))
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 2000 })
const box = fc.record({ x: absurd, y: absurd, width: absurd, height: absurd }, { noNullPrototype: true })
const detection = fc.record({ kind: fc.constantFrom(...DETECTION_KINDS), score: absurd, box })

function examinationOf(found: {
  readonly score: number
  readonly detections: Examination['assessment']['detections']
  readonly features: Readonly<Record<string, number>>
  readonly reasons: readonly string[]
}): Examination {
  const { score, detections, features, reasons } = found
  return {
    sha256: new Uint8Array(32),
    length: 1,
    mediaType: 'image/png',
    assessment: { score, detections, features, modelVersions: { face: '1', text: '2' }, ms: 1 },
    decision: {
      tier: 'restricted',
      protection: { tier: 'restricted', ...defaultPolicy.protections.restricted },
      reasons,
    },
  }
}

const found = fc.record({
  score: absurd,
  detections: fc.array(detection, { maxLength: 300 }),
  features: fc.dictionary(fc.string(), absurd),
  reasons: fc.array(fc.string({ minLength: 1, maxLength: 300 }), { maxLength: 80 }),
})

test('any finding, name and uploader give metadata that every reader accepts', () => {
  fc.assert(
    fc.property(found, anyText, anyText, (given, fileName, uploader) => {
      const described = describe(primitives, examinationOf(given), { fileName, uploader, renditions: [] })
      const metadata = { ...described, random: new Uint8Array(32) }
      const parsed = parseMetadata(encodeMetadata(metadata))
      expect({ ...parsed, featureDigest: hex(parsed.featureDigest ?? new Uint8Array(0)) }).toEqual({
        ...metadata,
        featureDigest: hex(featureDigest(primitives, given.features)),
      })
    }),
    { numRuns: 150 },
  )
})

test('of more findings than the format holds, the strongest are kept', () => {
  const detections = Array.from({ length: 300 }, (_, i) => ({ kind: 'face' as const, score: i / 300 }))
  const { detections: kept } = describe(
    primitives,
    examinationOf({ score: 1, detections, features: {}, reasons: [] }),
    {},
  )
  expect(kept).toHaveLength(256)
  expect(kept?.[0]?.score).toBe(9967)
  expect(kept?.at(-1)?.score).toBe(1467)
})

test('the feature digest depends on every feature, and on no order', () => {
  const features = { edges: 0.25, texture: 0.5 }
  const digest = featureDigest(primitives, features)
  expect(featureDigest(primitives, { texture: 0.5, edges: 0.25 })).toEqual(digest)
  expect(featureDigest(primitives, { ...features, edges: 0.2501 })).not.toEqual(digest)
  expect(featureDigest(primitives, { edges: 0.5, texture: 0.25 })).not.toEqual(digest)
})
