/**
 * Who still needs a key generation: asked of the envelopes themselves before it is retired, because they can't be wrong.
 * What waits to be verified is counted before what is committed: whatever is committed meanwhile counts twice, not never.
 */
import {
  AuthenticationFailed,
  type Catalogue,
  ObjectMissing,
  type ObjectRow,
  type Objects,
  type ObjectVersion,
  Unavailable,
} from '../platform/ports.ts'
import { unwrapDataKey } from '../vault/open.ts'
import { envelopeInUse } from '../vault/rewrap.ts'
import { envelopeOf, expectationOf, readEnvelope } from './envelopes.ts'
import { namedBy } from './rewrap.ts'
import { VAULT_KEYS } from './source.ts'
import { type OpenPorts, storedSource } from './stored.ts'
import { walkKeys } from './walk.ts'

export interface NeedPorts extends OpenPorts {
  readonly objects: Pick<Objects, 'head' | 'get' | 'versions'>
  readonly catalogue: Pick<Catalogue, 'every' | 'object'>
}

/** Of which generation it is asked. */
export interface Asked {
  readonly kemKeyId: string
  /** KEM key ids of the other active generations. */
  readonly others: ReadonlySet<string>
}

export interface Need {
  /** Committed objects that open with this generation alone, by themselves or by a rendition. */
  readonly objects: number
  /** Sealed objects that open with it and that no row names: they wait to be verified, or their catalogue was lost. */
  readonly waiting: number
  /** Objects whose envelope, or the key to try it with, can't be had, so that nobody knows. */
  readonly unknown: number
}

/** Where a slice ended: in which of the two counts, and at which object's id. */
export interface NeedPlace {
  readonly counting: 'waiting' | 'committed'
  /** From the first one on when it isn't said. */
  readonly after?: string | undefined
}

export interface NeedSlice {
  /** Of objects whose ids begin so. */
  readonly shard?: string | undefined
  readonly from?: NeedPlace | undefined
  /** Asked between two objects; at least one is looked at in any case. */
  readonly isOver?: (() => boolean) | undefined
}

type Counts = { -readonly [count in keyof Need]: Need[count] }

/** All of it at once. */
export async function needOf(ports: NeedPorts, asked: Asked): Promise<Need> {
  return (await needSlice(ports, asked)).need
}

/** @returns what this slice counted, and where the next one goes on: undefined at the end. All slices add up */
export async function needSlice(
  ports: NeedPorts,
  asked: Asked,
  { shard = '', from = { counting: 'waiting' }, isOver = () => false }: NeedSlice = {},
): Promise<{ readonly need: Need; readonly next?: NeedPlace }> {
  const need: Counts = { objects: 0, waiting: 0, unknown: 0 }
  const slice = { shard, after: from.after, isOver }
  if (from.counting === 'committed') return { need, ...(await countCommitted(ports, asked, slice, need)) }
  const after = await countWaiting(ports, asked, slice, need)
  if (after !== undefined) return { need, next: { counting: 'waiting', after } }
  if (isOver()) return { need, next: { counting: 'committed' } }
  return { need, ...(await countCommitted(ports, asked, { shard, isOver }, need)) }
}

interface Stretch {
  readonly shard: string
  readonly after?: string | undefined
  readonly isOver: () => boolean
}

/** @returns the id at which it stopped */
async function countWaiting(ports: NeedPorts, { kemKeyId }: Asked, { shard, after, isOver }: Stretch, need: Counts) {
  const { objects, catalogue } = ports
  const prefix = VAULT_KEYS.object('')
  const from = { isOver, ...(after !== undefined && { after: VAULT_KEYS.object(after) }) }
  const at = await walkKeys(objects, 'vault', prefix + shard, from, async (info) => {
    if (await catalogue.object(info.key.slice(prefix.length))) return
    const answer = await answerOf(ports, kemKeyId, info, info.key.slice(prefix.length))
    if (answer !== undefined) need[answer]++
  })
  return at?.slice(prefix.length)
}

/**
 * Of an object that no row names: any of its envelopes may be the one that VERIFY opens it with, whichever verifies, so
 * what one of them needs is needed. Where the catalogue was lost after a rewrap, the newer ones are all that counts.
 */
async function answerOf(ports: NeedPorts, kemKeyId: string, info: ObjectVersion, id: string) {
  const { primitives, objects, keyring } = ports
  const source = storedSource(objects, info, info.size)
  let answer: 'waiting' | 'unknown' | undefined
  for (const generation of await generationsOf(objects, id)) {
    try {
      const bytes = generation === 0 ? undefined : await readEnvelope(objects, id, generation)
      // Taken away between the list and the look.
      if (generation > 0 && !bytes) continue
      const expected = { envelope: { generation, ...(bytes && { bytes }) } }
      const { head, envelope } = await envelopeInUse(primitives, source, expected)
      if (!envelope.records.some((record) => record.kemKeyId === kemKeyId)) continue
      // One that doesn't open, sealed under a wrongly pinned key, lies here for ever and needs nothing.
      const dek = await unwrapDataKey(primitives, keyring, head.header, envelope)
      dek.fill(0)
      return 'waiting'
    } catch (error) {
      if (error instanceof ObjectMissing) return undefined
      if (error instanceof Unavailable) answer = 'unknown'
      else if (!(error instanceof AuthenticationFailed)) throw error
    }
  }
  return answer
}

/** 0 for the embedded one, and all that lie beside it: a gap hides none. */
async function generationsOf(objects: Pick<Objects, 'versions'>, id: string): Promise<ReadonlySet<number>> {
  const found = new Set([0])
  for await (const { key } of objects.versions('vault', { prefix: VAULT_KEYS.envelopes(id) })) {
    const of = envelopeOf(key)
    if (of) found.add(of.generation)
  }
  return found
}

async function countCommitted(ports: NeedPorts, asked: Asked, { shard, after, isOver }: Stretch, need: Counts) {
  let at: string | undefined
  for await (const row of ports.catalogue.every({ prefix: shard, after })) {
    if (at !== undefined && isOver()) return { next: { counting: 'committed', after: at } as const }
    at = row.id
    const answers = await answersOf(ports, asked, row)
    if (answers.includes('needs')) need.objects++
    else if (answers.includes('unknown')) need.unknown++
  }
  return {}
}

/** Of the object and its renditions. */
async function answersOf(ports: NeedPorts, { kemKeyId, others }: Asked, row: ObjectRow) {
  const answers: ('needs' | 'unknown')[] = []
  for (const { key, ref } of namedBy(row)) {
    const source = storedSource(ports.objects, { bucket: 'vault', key, versionId: ref.versionId }, ref.size)
    try {
      const expected = await expectationOf(ports.objects, ref, ref.envelopeGeneration)
      const { envelope } = await envelopeInUse(ports.primitives, source, expected)
      const ids = envelope.records.map((record) => record.kemKeyId)
      if (ids.includes(kemKeyId) && !ids.some((id) => others.has(id))) answers.push('needs')
    } catch (error) {
      if (!(error instanceof AuthenticationFailed || error instanceof Unavailable)) throw error
      answers.push('unknown')
    }
  }
  return answers
}
