/**
 * Removing an object for good: its links stop working first, then its renditions go, itself, and the envelopes beside them.
 * The row goes last, because SWEEP takes a sealed object without one for one that is still to be committed.
 */
import type { Catalogue, Clock, Events, Objects, Primitives } from '../platform/ports.ts'
import { everyLink } from './links.ts'
import { accessEvent, type Caller } from './open.ts'
import { VAULT_KEYS } from './source.ts'

export interface RemovePorts {
  readonly primitives: Primitives
  readonly objects: Pick<Objects, 'erase' | 'versions'>
  readonly catalogue: Pick<Catalogue, 'object' | 'links' | 'revoke' | 'forget' | 'record'>
  readonly events: Events
  readonly clock: Clock
}

/** @returns false when there is no such object. Killed midway it can be called again until the row is gone; SWEEP takes the rest. */
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
  for await (const { linkId } of everyLink(ports.catalogue, id)) await ports.catalogue.revoke(linkId)
  for (const rendition of row.renditions) {
    const key = VAULT_KEYS.rendition(rendition.id)
    await ports.objects.erase({ bucket: 'vault', key, versionId: rendition.versionId })
  }
  await ports.objects.erase({ bucket: 'vault', key: VAULT_KEYS.object(id), versionId: row.versionId })
  for (const sealed of [row, ...row.renditions]) {
    const prefix = VAULT_KEYS.envelopes(sealed.id)
    for await (const envelope of ports.objects.versions('vault', { prefix })) await ports.objects.erase(envelope)
  }
  await ports.catalogue.forget(id)
  ports.events.emit({ type: 'access', access: event })
  return true
}
