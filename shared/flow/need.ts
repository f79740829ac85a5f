/**
 * Who still needs a key generation: asked of the envelopes themselves before it is retired, because they can't be wrong.
 * What waits to be verified is counted before what is committed: whatever is committed meanwhile counts twice, not never.
 */
import { AuthenticationFailed, type Catalogue, type ObjectRow, type Objects, Unavailable } from '../platform/ports.ts'
import { unwrapDataKey } from '../vault/open.ts'
import { envelopeInUse } from '../vault/rewrap.ts'
import { expectationOf } from './envelopes.ts'
import { namedBy } from './rewrap.ts'
import { VAULT_KEYS } from './source.ts'
import { type OpenPorts, storedSource } from './stored.ts'
import { walk } from './walk.ts'

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
  /** Sealed objects that open with it and wait to be verified. */
  readonly waiting: number
  /** Committed objects whose envelope can't be read, so that nobody knows. */
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
  const { primitives, objects, catalogue, keyring } = ports
  const prefix = VAULT_KEYS.object('')
  const from = { isOver, ...(after !== undefined && { after: VAULT_KEYS.object(after) }) }
  const at = await walk(objects, 'vault', prefix + shard, from, async (info) => {
    if (await catalogue.object(info.key.slice(prefix.length))) return
    try {
      const { head, envelope } = await envelopeInUse(primitives, storedSource(objects, info, info.size), {})
      if (!envelope.records.some((record) => record.kemKeyId === kemKeyId)) return
      // One that doesn't open, sealed under a wrongly pinned key, lies here for ever and needs nothing.
      const dek = await unwrapDataKey(primitives, keyring, head.header, envelope)
      dek.fill(0)
      need.waiting++
    } catch (error) {
      if (!(error instanceof AuthenticationFailed || error instanceof Unavailable)) throw error
    }
  })
  return at?.slice(prefix.length)
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
