/**
 * SEAL: an arrival becomes a sealed object in the vault, with its renditions. Runs with a public key and the power to
 * make data keys; it can't decrypt and it can't delete. Erasing is VERIFY's, after it opened what was stored here.
 */
import { RENDITIONS, type Rendition, type RenditionKind, renderRendition } from '../image/rendition.ts'
import { LIMITS } from '../image/types.ts'
import { hex } from '../keys/encoding.ts'
import type { Recipient } from '../keys/wrap.ts'
import {
  type Clock,
  type DataKeys,
  type Events,
  type KemLevel,
  type KemPublicKeys,
  type ObjectInfo,
  type Objects,
  type Step,
  Unavailable,
} from '../platform/ports.ts'
import { TIERS } from '../policy/types.ts'
import type { Metadata } from '../vault/metadata.ts'
import { type SealedObject, sealObject } from '../vault/seal.ts'
import { MOST_DEATHS } from './deaths.ts'
import { describe } from './describe.ts'
import { type Examination, type ExaminePorts, examine } from './examine.ts'
import { ATTEMPT_OF } from './refusals.ts'
import { RENDITION_NUMBERS } from './rendition-numbers.ts'
import { type Arrival, sourceOf, UPLOAD, uploadIdOf, VAULT_KEYS, versionIdOf } from './source.ts'
import { refuseReplaceable } from './upload.ts'

export interface SealPorts extends ExaminePorts {
  readonly objects: Pick<Objects, 'head' | 'get' | 'put'>
  readonly kem: KemPublicKeys
  readonly dataKeys: DataKeys
  readonly events: Events
  readonly clock: Clock
  readonly stackId: string
}

export type SealOutcome =
  /** Nothing to do: the version is gone, so it was committed and erased, or deleted by its owner. */
  { readonly outcome: 'gone' } | { readonly outcome: 'sealed'; readonly objectId: string; readonly stored: ObjectInfo }

export async function recipientOf(ports: Pick<SealPorts, 'kem' | 'dataKeys'>, level: KemLevel): Promise<Recipient> {
  return { kem: await ports.kem.current(level), dataKeys: ports.dataKeys }
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function store(
  ports: SealPorts,
  key: string,
  sealed: SealedObject,
  plaintext: AsyncIterable<Uint8Array>,
  metadata: Readonly<Record<string, string>> = {},
) {
  const stored = await ports.objects.put('vault', key, sealed.stream(plaintext, 'lent'), { ifAbsent: true, metadata })
  // Sixteen fresh random bytes were taken: not chance, but something that mends itself with another attempt.
  if (!stored) throw new Unavailable('the vault already holds an object of this id')
  return stored
}

type Rendered = readonly (readonly [kind: RenditionKind, rendition: Rendition])[]

/**
 * Made from the working raster where that has the pixels; otherwise the file is decoded once more, and where that fails
 * (it takes too long, its decoder is moody) the raster must do: what was assessed can always be sealed.
 */
async function renderAll(ports: SealPorts, { bytes, picture, assessment, decision }: Examination): Promise<Rendered> {
  const { preview } = decision.protection
  if (preview === 'none' || !bytes || !picture) return []
  const { limits = LIMITS } = ports
  const boxes = preview === 'redacted' ? assessment.detections.flatMap(({ box }) => (box ? [box] : [])) : []
  const complete = Math.max(picture.width, picture.height) <= limits.workingSide
  const made: [RenditionKind, Rendition][] = []
  for (const [kind, maxSide] of Object.entries(RENDITIONS) as [RenditionKind, number][]) {
    const options = { maxSide, boxes }
    const fromRaster = () => renderRendition(picture, options, limits)
    const rendition =
      complete || maxSide <= limits.workingSide
        ? await fromRaster()
        : await renderRendition(bytes, options, limits).catch(fromRaster)
    made.push([kind, rendition])
  }
  return made
}

async function sealRenditions(
  ports: SealPorts,
  recipient: Recipient,
  parent: Uint8Array,
  tier: number,
  rendered: Rendered,
): Promise<NonNullable<Metadata['renditions']>> {
  const made: { kind: number; objectId: Uint8Array }[] = []
  for (const [kind, rendition] of rendered) {
    const sealed = await sealObject(ports.primitives, {
      stackId: ports.stackId,
      recipients: [recipient],
      created: Math.floor(ports.clock.now() / 1000),
      tier,
      plaintextLength: rendition.bytes.length,
      rendition: { parent, kind: RENDITION_NUMBERS[kind] },
      metadata: {
        sha256: ports.primitives.sha256(rendition.bytes),
        mediaType: rendition.mediaType,
        dimensions: { width: rendition.width, height: rendition.height },
      },
    })
    await store(ports, VAULT_KEYS.rendition(hex(sealed.objectId)), sealed, whole(rendition.bytes))
    made.push({ kind: RENDITION_NUMBERS[kind], objectId: sealed.objectId })
  }
  return made
}

/** @throws Unavailable, SourceChanged: try again later; the upload stays where it is */
export async function seal(ports: SealPorts, arrival: Arrival): Promise<SealOutcome> {
  const { ref, deaths } = arrival
  const upload = uploadIdOf(ports.primitives, sourceOf(arrival))
  const tell = (step: Step, more: { objectId?: string; tier?: number } = {}) =>
    ports.events.emit({ type: 'step', time: new Date(ports.clock.now()).toISOString(), upload, step, ...more })

  const info = await ports.objects.head(ref.bucket, ref.key, ref.versionId)
  if (info) refuseReplaceable(info)
  const first = info && (await ports.objects.get(ref))
  if (!info || !first) return { outcome: 'gone' }
  const examination = await examine(ports, first, info.size, deaths < MOST_DEATHS, tell)
  const { decision } = examination
  const rendered = await renderAll(ports, examination)
  const recipient = await recipientOf(ports, decision.protection.kem)

  const objectId = ports.primitives.random(16)
  const id = hex(objectId)
  const tier = TIERS.indexOf(decision.tier)
  // From here on no decoder runs: hosts watch what lies between 'preprocess' and this.
  tell('encrypt', { objectId: id, tier })
  const renditions = await sealRenditions(ports, recipient, objectId, tier, rendered)
  const sealed = await sealObject(ports.primitives, {
    stackId: ports.stackId,
    recipients: [recipient],
    created: Math.floor(ports.clock.now() / 1000),
    tier,
    plaintextLength: examination.length,
    objectId,
    metadata: describe(ports.primitives, examination, {
      fileName: info.metadata[UPLOAD.fileName],
      uploader: arrival.uploader ?? info.metadata[UPLOAD.uploader],
      source: sourceOf(arrival),
      renditions,
    }),
  })
  const second = await ports.objects.get(ref)
  if (!second) return { outcome: 'gone' }
  const of = { [ATTEMPT_OF]: versionIdOf(ports.primitives, sourceOf(arrival)) }
  const stored = await store(ports, VAULT_KEYS.object(id), sealed, second, of)
  tell('stored', { objectId: id, tier })
  return { outcome: 'sealed', objectId: id, stored }
}
