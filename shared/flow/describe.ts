/** From what was found to what the sealed metadata says: integers instead of floats, limits of the format kept. */
import type { Primitives } from '../platform/ports.ts'
import { encodeCbor } from '../vault/cbor.ts'
import { type Metadata, type SealedDetection, type Source, sealableText } from '../vault/metadata.ts'
import type { Examination } from './examine.ts'

export interface Provenance {
  readonly fileName?: string | undefined
  readonly uploader?: string | undefined
  readonly source?: Source
  readonly renditions?: NonNullable<Metadata['renditions']>
}

/** Of an even number of entries a person wants the strongest: the format holds 256. */
const MOST_DETECTIONS = 256

/** A detector that gave no number counts as sure: the format has no floats, and what can't be encoded can't be sealed. */
function tenThousandths(value: number): number {
  if (Number.isNaN(value)) return 10_000
  return Math.round(Math.min(1, Math.max(0, value)) * 10_000)
}

function sealedDetection({ kind, score, box }: Examination['assessment']['detections'][number]): SealedDetection {
  const sealed = { kind, score: tenThousandths(score) }
  if (!box) return sealed
  const { x, y, width, height } = box
  return { ...sealed, box: [tenThousandths(x), tenThousandths(y), tenThousandths(width), tenThousandths(height)] }
}

/** SHA-256 over the named features in ten-thousandths: what picks the chaotic map's parameters. */
export function featureDigest(primitives: Primitives, features: Readonly<Record<string, number>>): Uint8Array {
  const names = Object.keys(features).sort()
  return primitives.sha256(encodeCbor(names.flatMap((name) => [name, tenThousandths(features[name] ?? 0)])))
}

function optionalText<K extends string>(key: K, value: string | undefined, most: number): { [P in K]?: string } {
  const kept = sealableText(value ?? '', most)
  return kept === '' ? {} : ({ [key]: kept } as { [P in K]: string })
}

export function describe(
  primitives: Primitives,
  { sha256, mediaType, picture, assessment, decision }: Examination,
  { fileName, uploader, source, renditions }: Provenance,
): Omit<Metadata, 'random' | 'chaos'> {
  const strongest = [...assessment.detections].sort((a, b) => b.score - a.score).slice(0, MOST_DETECTIONS)
  return {
    sha256,
    mediaType,
    ...optionalText('fileName', fileName, 1024),
    ...(picture && { dimensions: { width: picture.width, height: picture.height } }),
    detections: strongest.map(sealedDetection),
    featureDigest: featureDigest(primitives, assessment.features),
    ...optionalText('uploader', uploader, 1024),
    ...(source && { source }),
    score: tenThousandths(assessment.score),
    models: Object.entries(assessment.modelVersions).map(([name, version]) => sealableText(`${name}@${version}`, 128)),
    ...(renditions && renditions.length > 0 && { renditions }),
    reasons: decision.reasons.slice(0, 64).map((reason) => sealableText(reason, 256)),
  }
}
