/** The catalogue's items and the port's rows: what is read is checked, because whoever can write the table can write anything. */
import * as z from 'zod'
import { AccessEventSchema, kept } from '../accessEvents.ts'
import { type AccessEvent, type LinkRow, type ObjectRow, Unavailable } from '../ports.ts'
import { sequencerRank } from '../sequencerRank.ts'
import {
  accessKey,
  atOf,
  type Key,
  linkKey,
  linksPartition,
  objectKey,
  partitionOf,
  versionKey,
} from './catalogueKeys.ts'
import { ACCESS_DAYS } from './catalogueTable.ts'

export type Item = Readonly<Record<string, unknown>>

const id = z.string().regex(/^[0-9a-f]{32}$/)
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)
const sealedRef = { id, versionId: z.string(), size: count, plaintextLength: count, headDigest: digest }

const ObjectItem = z.object({
  ...sealedRef,
  tier: z.int().min(0).max(3),
  created: z.int(),
  committed: count,
  source: z.string(),
  name: z.string(),
  sequencer: z.string(),
  envelopeGeneration: count,
  renditions: z.array(z.object({ ...sealedRef, kind: z.enum(['preview', 'display']), envelopeGeneration: count })),
})
const LinkItem = z.object({
  linkId: id,
  objectId: id,
  rendition: z.enum(['preview', 'display', 'original']),
  kid: count,
  created: z.int(),
  notBefore: z.int(),
  expires: z.int(),
  uses: count,
  usesLeft: count,
  revoked: z.boolean(),
  principal: z.string(),
})
const SourceItem = z
  .object({ id: id.optional(), forgotten: z.literal(true).optional() })
  .refine((item) => (item.id === undefined) !== (item.forgotten === undefined))
const Tombstone = z.object({ forgotten: z.literal(true) })
const Placed = z.object({ at: z.string() })
const KeyItem = z.object({ pk: z.string(), sk: z.string() })

export function damaged(): Unavailable {
  return new Unavailable('the catalogue is damaged: run `safelight catalogue rebuild` (links will be revoked)')
}

function parsed<T>(schema: z.ZodType<T>, item: unknown): T {
  const result = schema.safeParse(item)
  if (result.success) return result.data
  throw damaged()
}

/** An item that lies in another one's place is as wrong as a damaged one. */
function inPlace(item: unknown, key: Key): void {
  const { pk, sk } = parsed(KeyItem, item)
  if (pk !== key.pk || sk !== key.sk) throw damaged()
}

// ---- objects

export function objectItem(row: ObjectRow): Item {
  return { ...row, ...objectKey(row.id), list: partitionOf('object', row.id), at: atOf(row.committed, row.id) }
}

/** Keeps its place for whoever pages past it, and is in no list. */
export function tombstoneOf(row: ObjectRow): Item {
  return { ...objectKey(row.id), at: atOf(row.committed, row.id), forgotten: true }
}

export function isTombstone(item: unknown): boolean {
  return Tombstone.safeParse(item).success
}

/** @returns undefined for a forgotten one. @throws Unavailable */
export function objectFrom(item: unknown): ObjectRow | undefined {
  if (isTombstone(item)) return undefined
  const row = parsed(ObjectItem, item)
  inPlace(item, objectKey(row.id))
  return row
}

/** Where this object stands among the versions of its name. @throws RangeError for a sequencer without an order */
export function versionKeyOf({ name, sequencer, committed, id: objectId }: ObjectRow): Key {
  return versionKey(name, sequencerRank(sequencer), committed, objectId)
}

/** @returns the id that a source was committed as, or that it was forgotten. @throws Unavailable */
export function sourceFrom(item: unknown): { readonly id?: string | undefined; readonly forgotten?: true | undefined } {
  return parsed(SourceItem, item)
}

// ---- links

export function linkItem(row: LinkRow): Item {
  return {
    ...{ ...row, ...linkKey(row.linkId) },
    ...{ list: partitionOf('link', row.linkId), at: atOf(row.created, row.linkId) },
  }
}

/** That its object has this link. */
export function linkOfItem({ objectId, created, linkId }: LinkRow): Item {
  return { pk: linksPartition(objectId), sk: atOf(created, linkId), linkId }
}

/** @throws Unavailable */
export function linkFrom(item: unknown): LinkRow {
  const row = parsed(LinkItem, item)
  inPlace(item, linkKey(row.linkId))
  return row
}

/** @throws Unavailable */
export function linkIdFrom(item: unknown): string {
  return parsed(z.object({ linkId: id }), item).linkId
}

// ---- access events

export function accessItem(event: AccessEvent): Item {
  const ms = Date.parse(event.time)
  const seconds = Math.floor(ms / 1000) + ACCESS_DAYS * 86_400
  return {
    ...{ ...kept(event), ...accessKey(event.id) },
    ...{ list: partitionOf('access', event.id), of: event.object, at: atOf(ms, event.id), cleanAfter: seconds },
  }
}

/** @throws Unavailable */
export function accessFrom(item: unknown): AccessEvent {
  const event = parsed(AccessEventSchema, item)
  inPlace(item, accessKey(event.id))
  return event
}

// ---- places

/** Where in its list an item stands. @throws Unavailable */
export function placeOf(item: unknown): string {
  return parsed(Placed, item).at
}

/** @throws Unavailable */
export function keyFrom(item: unknown): Key {
  return parsed(KeyItem, item)
}
