/**
 * Tombstones: in the vault, because a vault outlives its catalogue. Whoever commits, sweeps or rebuilds looks for them, so that
 * neither a catalogue from before an erasure nor a copy of the object brings back what somebody had erased.
 *
 * They are empty and never go: `t/ID` of the object, and `t/HMAC` of its upload (ObjectRow.source), of which another attempt
 * may lie somewhere under another id. Who may put one may have an object erased.
 */
import type { Catalogue, ObjectRow, Objects, ReadableObjects } from '../platform/ports.ts'
import { VAULT_KEYS } from './source.ts'

const PREFIX = VAULT_KEYS.tombstone('')
const OBJECT_ID = /^[0-9a-f]{32}$/

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Both, or at least that of the object, which is first. @throws Unavailable */
export async function layTombstones(
  objects: Pick<Objects, 'put'>,
  { id, source }: Pick<ObjectRow, 'id' | 'source'>,
): Promise<void> {
  for (const name of [id, source]) {
    await objects.put('vault', VAULT_KEYS.tombstone(name), nothing(), { ifAbsent: true, size: 0 })
  }
}

/** @param of an object's id, or the HMAC of an upload. @throws Unavailable */
export async function isErased(objects: Pick<ReadableObjects, 'head'>, of: string): Promise<boolean> {
  return (await objects.head('vault', VAULT_KEYS.tombstone(of))) !== undefined
}

/** The row that should not be there, where this key is a tombstone's; undefined when all is as it should be. */
export async function rowUnder(
  catalogue: Pick<Catalogue, 'object' | 'bySource'>,
  key: string,
): Promise<ObjectRow | undefined> {
  const of = key.slice(PREFIX.length)
  const id = OBJECT_ID.test(of) ? of : await catalogue.bySource(of)
  return id === undefined ? undefined : catalogue.object(id)
}

export function isTombstone(key: string): boolean {
  return key.startsWith(PREFIX)
}
