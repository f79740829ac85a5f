/**
 * Removing an object for good: a tombstone is laid, its links stop working, then its renditions go, itself, and the envelopes
 * beside them. The row goes last: by it SWEEP finds what was begun.
 */
import type { Catalogue, Clock, Events, Objects, Primitives } from '../platform/ports.ts'
import { everyLink } from './links.ts'
import { accessEvent, type Caller } from './open.ts'
import { VAULT_KEYS } from './source.ts'
import { layTombstones } from './tombstones.ts'

export interface RemovePorts {
  readonly primitives: Primitives
  readonly objects: Pick<Objects, 'erase' | 'versions' | 'put'>
  readonly catalogue: Pick<Catalogue, 'object' | 'links' | 'revoke' | 'forget' | 'record'>
  readonly events: Events
  readonly clock: Clock
}

/** Every version: one that somebody put beside ours goes, too. Ids are of one length, so no key is another's beginning. */
async function eraseUnder(
  { objects }: { readonly objects: Pick<Objects, 'erase' | 'versions'> },
  prefix: string,
): Promise<void> {
  for await (const version of objects.versions('vault', { prefix })) await objects.erase(version)
}

/** @returns false when there is no such object. Killed midway it can be called again until the row is gone; SWEEP ends it, too. */
export async function remove(
  ports: RemovePorts,
  caller: Caller & { readonly principal: string },
  id: string,
): Promise<boolean> {
  const row = await ports.catalogue.object(id)
  if (!row) return false
  const { principal } = caller
  const event = accessEvent(ports, caller, { principal, action: 'delete', object: id, status: 204, bytes: 0 })
  await ports.catalogue.record(event)
  await layTombstones(ports.objects, row)
  for await (const { linkId } of everyLink(ports.catalogue, id)) await ports.catalogue.revoke(linkId)
  for (const rendition of row.renditions) await eraseUnder(ports, VAULT_KEYS.rendition(rendition.id))
  await eraseUnder(ports, VAULT_KEYS.object(id))
  for (const sealed of [row, ...row.renditions]) await eraseUnder(ports, VAULT_KEYS.envelopes(sealed.id))
  await ports.catalogue.forget(id)
  ports.events.emit({ type: 'access', access: event })
  return true
}
