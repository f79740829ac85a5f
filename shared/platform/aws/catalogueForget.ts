/**
 * Forgetting an object, in two steps: one transaction makes its row a tombstone, after which nobody adds a link to it;
 * then its links are revoked, however many there are. Killed between, the next call goes on, and until then the links
 * lead to no object.
 */
import type { ObjectRow } from '../ports.ts'
import type { CatalogueCalls } from './catalogueCalls.ts'
import { damaged, isTombstone, linkIdFrom, objectFrom, tombstoneOf, versionKeyOf } from './catalogueItems.ts'
import { forgottenNameKey, linkKey, linksPartition, objectKey, sourceKey } from './catalogueKeys.ts'
import type { Write } from './catalogueWrites.ts'

const AT_ONCE = 16

export async function forget(calls: CatalogueCalls, id: string, again: boolean): Promise<void> {
  for (;;) {
    const item = await calls.get(objectKey(id))
    const row = item && objectFrom(item)
    if (row === undefined) break
    const refused = await calls.transact(burial(row, again))
    if (refused === undefined) break
    // Somebody forgot it meanwhile, or made it again: look once more. That its source belongs to another is nobody's doing.
    if (refused[0] === undefined) throw damaged()
  }
  await revokeLinksOf(calls, id)
}

function burial(row: ObjectRow, again: boolean): readonly Write[] {
  const isItsOwn = { when: '#id = :id', values: { ':id': row.id } }
  return [
    { put: tombstoneOf(row), when: '#source = :source', values: { ':source': row.source } },
    again
      ? { remove: sourceKey(row.source), ...isItsOwn }
      : { put: { ...sourceKey(row.source), forgotten: true }, ...isItsOwn },
    { remove: versionKeyOf(row) },
    ...(again ? [] : [{ put: { ...forgottenNameKey(row.name) } }]),
  ]
}

export async function revokeLinksOf(calls: CatalogueCalls, objectId: string): Promise<void> {
  for await (const items of calls.query({ partition: linksPartition(objectId) })) {
    for (let n = 0; n < items.length; n += AT_ONCE) {
      await Promise.all(items.slice(n, n + AT_ONCE).map((item) => revokeLink(calls, linkIdFrom(item))))
    }
  }
}

/** @returns false when there is no such link */
export async function revokeLink(calls: CatalogueCalls, linkId: string): Promise<boolean> {
  const set = { set: '#revoked = :revoked', values: { ':revoked': true } }
  return (await calls.write({ update: linkKey(linkId), ...set, when: 'attribute_exists(#pk)' })) === undefined
}

/** Whether a row may be written where this one lies. */
export async function makeWay(calls: CatalogueCalls, id: string, item: unknown): Promise<boolean> {
  if (!isTombstone(item)) return false
  await revokeLinksOf(calls, id)
  return true
}
