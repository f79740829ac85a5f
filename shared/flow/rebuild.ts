/**
 * REBUILD: the catalogue made again from vault and keys. What it held beside that is gone: links, the access log, and
 * when an object was committed. What was erased stays erased: tombstones are in the vault. Every object is opened to its last byte, with the newest envelope that verifies; what
 * doesn't open is told and passed over. It may be killed and go on in the same catalogue.
 */
import {
  AuthenticationFailed,
  type Catalogue,
  type ObjectRow,
  type Objects,
  type ObjectVersion,
  type RenditionRow,
  type Secrets,
  Unavailable,
} from '../platform/ports.ts'
import { envelopeOf } from './envelopes.ts'
import { indexOf, VAULT_KEYS } from './source.ts'
import type { OpenPorts } from './stored.ts'
import { isErased } from './tombstones.ts'
import { type Generations, openWhole, renditionOf, type Whole } from './whole.ts'

export interface RebuildPorts extends OpenPorts {
  readonly objects: Pick<Objects, 'head' | 'get' | 'versions'>
  /** The new one: empty, or what a killed run left of it. */
  readonly catalogue: Pick<Catalogue, 'commit' | 'object' | 'every' | 'forget'>
  readonly secrets: Pick<Secrets, 'indexKey'>
}

export type Rebuilt = { readonly objectId: string } & (
  | {
      readonly outcome: 'rebuilt'
      /** How many renditions the object names that are missing or don't open. */
      readonly lost: number
    }
  /** A killed run had it already. */
  | { readonly outcome: 'known' }
  /** Its upload is in intake: VERIFY compares, commits and erases. */
  | { readonly outcome: 'waiting' }
  /** Another attempt at the same upload, or another version of the same object, is in the catalogue. */
  | { readonly outcome: 'superseded' }
  /** Its owner deleted it, and a copy of the vault brought it back: SWEEP and VERIFY erase it. */
  | { readonly outcome: 'deleted' }
  | { readonly outcome: 'failed'; readonly reason: 'authentication-failed' | 'unavailable' | 'no-source' }
)

/** Newer envelopes by the id that they are of. */
async function envelopesOf(objects: Pick<Objects, 'versions'>): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, number[]>()
  for await (const { key } of objects.versions('vault', { prefix: VAULT_KEYS.envelopes() })) {
    const of = envelopeOf(key)
    if (of) found.set(of.id, [...(found.get(of.id) ?? []), of.generation])
  }
  return found
}

/** Whether this row of a killed run is what a new one would write: the object may have been rewrapped since. */
async function stillHolds(row: ObjectRow, info: ObjectVersion, generations: Generations): Promise<boolean> {
  if (row.versionId !== info.versionId) return true
  for (const { id, envelopeGeneration } of [row, ...row.renditions]) {
    if (envelopeGeneration !== Math.max(0, ...(await generations(id)))) return false
  }
  return true
}

async function rowOf(
  ports: RebuildPorts,
  info: ObjectVersion,
  { opened, sealed }: Whole,
  generations: Generations,
): Promise<ObjectRow | 'waiting' | 'no-source'> {
  const { facts, metadata } = opened
  const { source } = metadata
  if (source?.bucket !== 'intake' || facts.rendition) return 'no-source'
  if (info.key !== VAULT_KEYS.object(sealed.id)) return 'no-source'
  if (await ports.objects.head(source.bucket, source.key, source.version)) return 'waiting'
  const renditions: RenditionRow[] = []
  for (const listed of metadata.renditions ?? []) {
    // Unavailable is for another run: a row without it would have SWEEP take the preview for nobody's.
    const row = await renditionOf(ports, opened, listed, generations)
    if (row) renditions.push(row)
  }
  return {
    ...sealed,
    ...indexOf(ports.primitives, await ports.secrets.indexKey(), source),
    tier: facts.tier,
    created: facts.created * 1000,
    committed: info.modified,
    sequencer: source.sequencer,
    renditions,
  }
}

async function rebuildOne(ports: RebuildPorts, info: ObjectVersion, generations: Generations): Promise<Rebuilt> {
  const objectId = info.key.slice(VAULT_KEYS.object('').length)
  const known = await ports.catalogue.object(objectId)
  if (await isErased(ports.objects, objectId)) {
    if (known) await ports.catalogue.forget(objectId)
    return { objectId, outcome: 'deleted' }
  }
  if (known && (await stillHolds(known, info, generations))) {
    return { objectId, outcome: known.versionId === info.versionId ? 'known' : 'superseded' }
  }
  if (known) await ports.catalogue.forget(objectId, { again: true })
  const whole = await openWhole(ports, info, generations)
  const row = await rowOf(ports, info, whole, generations)
  if (row === 'waiting') return { objectId, outcome: row }
  if (row === 'no-source') return { objectId, outcome: 'failed', reason: row }
  if (await isErased(ports.objects, row.source)) return { objectId, outcome: 'deleted' }
  const { winner } = await ports.catalogue.commit(row)
  if (winner !== row.id) return { objectId, outcome: 'superseded' }
  const lost = (whole.opened.metadata.renditions?.length ?? 0) - row.renditions.length
  return { objectId, outcome: 'rebuilt', lost }
}

/** One answer for each object in the vault. @throws what listing and committing throw */
export async function* rebuild(ports: RebuildPorts): AsyncGenerator<Rebuilt> {
  const beside = await envelopesOf(ports.objects)
  const generations: Generations = async (id) => beside.get(id) ?? []
  const seen = new Set<string>()
  for await (const info of ports.objects.versions('vault', { prefix: VAULT_KEYS.object('') })) {
    const objectId = info.key.slice(VAULT_KEYS.object('').length)
    seen.add(objectId)
    try {
      yield await rebuildOne(ports, info, generations)
    } catch (error) {
      if (error instanceof AuthenticationFailed) {
        yield { objectId, outcome: 'failed', reason: 'authentication-failed' }
      } else if (error instanceof Unavailable) yield { objectId, outcome: 'failed', reason: 'unavailable' }
      // A source that no upload of ours has, such as a sequencer without an order.
      else if (error instanceof RangeError) yield { objectId, outcome: 'failed', reason: 'no-source' }
      else throw error
    }
  }
  // What a killed run wrote of objects that were removed since.
  for await (const row of ports.catalogue.every())
    if (!seen.has(row.id)) await ports.catalogue.forget(row.id, { again: true })
}
