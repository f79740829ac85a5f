/** From rows and opened objects to what the console's interface (console/api.ts) shows. */
import { mapById } from '../../shared/chaos/maps.ts'
import { hex } from '../../shared/keys/encoding.ts'
import type { Envelope } from '../../shared/keys/envelope.ts'
import type { LinkRow, ObjectRow } from '../../shared/platform/ports.ts'
import { type Protection, tierAt } from '../../shared/policy/types.ts'
import { BODY_HEAD, chunkCount } from '../../shared/vault/layout.ts'
import type { OpenedObject, SealedHead } from '../../shared/vault/open.ts'
import type { LinkSummary, ObjectDetail, ObjectSummary } from '../console/api.ts'

const TEN_THOUSAND = 10_000

export function summaryOf(row: ObjectRow): ObjectSummary {
  return {
    id: row.id,
    tier: tierAt(row.tier),
    size: row.plaintextLength,
    created: new Date(row.created).toISOString(),
    renditions: row.renditions.map(({ kind }) => kind),
  }
}

type Detection = ObjectDetail['sealed']['detections'][number]

function detectionsOf({ metadata }: OpenedObject): Detection[] {
  return (metadata.detections ?? []).map(({ kind, score, box }) => {
    const [x = 0, y = 0, width = 0, height = 0] = (box ?? []).map((value) => value / TEN_THOUSAND)
    return { kind, score: score / TEN_THOUSAND, box: box ? { x, y, width, height } : null }
  })
}

/** `envelope` is the one in use; `protection` what the tier demands now. */
export function detailOf(
  row: ObjectRow,
  opened: OpenedObject,
  { header }: SealedHead,
  envelope: Envelope,
  { link, approvals }: Protection,
): ObjectDetail {
  const { facts, metadata } = opened
  return {
    ...summaryOf(row),
    format: 'SLV1',
    suite: facts.suite,
    sealedSize: row.size,
    headerBytes: header.bodyOffset + BODY_HEAD,
    chunks: chunkCount(facts.plaintextLength),
    limits: { maxTtlSeconds: link.maxTtlSeconds, maxUses: link.maxUses, approvals },
    envelope: {
      generation: envelope.generation,
      recipients: envelope.records.map(({ kemKeyId, kmsKeyId }) => ({ kind: 'hybrid', kemKeyId, kmsKeyId })),
    },
    sealed: {
      name: metadata.fileName ?? null,
      mediaType: metadata.mediaType,
      width: metadata.dimensions?.width ?? null,
      height: metadata.dimensions?.height ?? null,
      uploader: metadata.uploader ?? null,
      score: metadata.score === undefined ? null : metadata.score / TEN_THOUSAND,
      reasons: metadata.reasons ?? [],
      detections: detectionsOf(opened),
      sha256: hex(metadata.sha256),
      chaos: metadata.chaos
        ? { map: mapById(metadata.chaos.map)?.name ?? '', parameters: metadata.chaos.parameters }
        : null,
    },
  }
}

function stateOf(row: LinkRow, now: number): LinkSummary['state'] {
  if (row.revoked) return 'revoked'
  if (now >= row.expires) return 'expired'
  return row.usesLeft <= 0 ? 'used-up' : 'active'
}

export function linkSummaryOf(row: LinkRow, now: number): LinkSummary {
  return {
    link: row.linkId,
    objectId: row.objectId,
    rendition: row.rendition,
    created: new Date(row.created).toISOString(),
    expires: new Date(row.expires).toISOString(),
    uses: row.uses,
    usesLeft: row.usesLeft,
    state: stateOf(row, now),
  }
}
