/**
 * The Catalogue port on one DynamoDB table. Who wins a source, and whether a link is spent, is decided by one transaction
 * with conditions; why it was refused is told by the item as it stood then, not by a later look.
 */
import { refusalOf } from '../linkRefusal.ts'
import type { Catalogue } from '../ports.ts'
import { openCalls } from './catalogueCalls.ts'
import { forget, makeWay, revokeLink } from './catalogueForget.ts'
import {
  accessFrom,
  accessItem,
  damaged,
  type Item,
  keyFrom,
  linkFrom,
  linkIdFrom,
  linkItem,
  linkOfItem,
  objectFrom,
  objectItem,
  placeOf,
  sourceFrom,
  versionKeyOf,
} from './catalogueItems.ts'
import {
  accessKey,
  forgottenNameKey,
  idRanges,
  type Key,
  linkKey,
  linksPartition,
  namePartition,
  objectKey,
  refusedKey,
  refusedPartition,
  sourceKey,
  VERSIONS,
} from './catalogueKeys.ts'
import { accessesOf, newestOf, rowsAt } from './catalogueLists.ts'
import type { AwsSettings } from './settings.ts'

export interface DynamoCatalogue extends Catalogue {
  /** The object that this name points to: of those committed under it and not forgotten, the highest sequencer's. */
  byName(name: string): Promise<string | undefined>
}

const PAGE = 100
/** Of one transaction DynamoDB takes 100 writes. */
const AT_ONCE = 50
const ABSENT = 'attribute_not_exists(#pk)'
const TAKEN = {
  forgotten: { when: '#forgotten = :forgotten', values: { ':forgotten': true } },
  absent: { when: ABSENT },
}

/** All of its calls @throws Unavailable */
export function openDynamoCatalogue(table: string, settings: AwsSettings = {}): DynamoCatalogue {
  const calls = openCalls(table, settings)

  /** Where a page goes on. @returns false when there never was such a thing */
  async function placeAfter(key: Key | undefined): Promise<string | undefined | false> {
    if (key === undefined) return undefined
    const item = await calls.get(key)
    return item === undefined ? false : placeOf(item)
  }

  async function object(id: string) {
    const item = await calls.get(objectKey(id))
    return item && objectFrom(item)
  }

  async function* linksOf(objectId: string, before: string | undefined, limit: number) {
    const range = { partition: linksPartition(objectId), before, newestFirst: true, limit }
    for await (const items of calls.query(range)) yield* items.map((item) => linkKey(linkIdFrom(item)))
  }

  return {
    object,

    async commit(row) {
      const version = { put: { ...versionKeyOf(row), id: row.id } }
      const source = { put: { ...sourceKey(row.source), id: row.id }, when: ABSENT }
      for (let free: { when: string; values?: Item } = TAKEN.absent; ; ) {
        const refused = await calls.transact([{ put: objectItem(row), ...free }, source, version])
        if (refused === undefined) return { winner: row.id }
        const [there, taken] = refused
        if (taken !== undefined) return { winner: sourceFrom(taken.item).id }
        if (!(await makeWay(calls, row.id, there?.item)))
          throw new RangeError('there is an object with this id already')
        free = TAKEN.forgotten
      }
    },

    async wasForgotten(index) {
      const [source, name] = await Promise.all([calls.get(sourceKey(index)), calls.get(forgottenNameKey(index))])
      return name !== undefined || (source !== undefined && sourceFrom(source).forgotten === true)
    },

    async refuse(of, attempt) {
      await calls.write({ put: { ...refusedKey(of, attempt) } })
    },

    async refused(of) {
      let count = 0
      for await (const items of calls.query({ partition: refusedPartition(of) })) count += items.length
      return count
    },

    async pardon(of) {
      for await (const items of calls.query({ partition: refusedPartition(of), limit: AT_ONCE })) {
        if (items.length > 0) await calls.transact(items.map((item) => ({ remove: keyFrom(item) })))
      }
    },

    async bySource(source) {
      const item = await calls.get(sourceKey(source))
      return item && sourceFrom(item).id
    },

    async byName(name) {
      const range = { partition: namePartition(name), prefix: VERSIONS, newestFirst: true, limit: 1 }
      for await (const [item] of calls.query(range)) if (item) return sourceFrom(item).id
      return undefined
    },

    async objects({ after, limit = PAGE } = {}) {
      const before = await placeAfter(after === undefined ? undefined : objectKey(after))
      return before === false ? [] : rowsAt(calls, newestOf(calls, 'object', before, limit), limit, objectFrom)
    },

    async *every({ prefix = '', after } = {}) {
      for (const range of idRanges('object', prefix, after)) {
        for await (const items of calls.query(range)) {
          for (const item of items) {
            const row = objectFrom(item)
            if (row) yield row
          }
        }
      }
    },

    async moveEnvelope(objectId, sealedId, from, to) {
      let moved = ''
      const values = { ':from': from, ':to': to, ':id': sealedId }
      if (objectId !== sealedId) {
        const index = (await object(objectId))?.renditions.findIndex(({ id }) => id === sealedId) ?? -1
        if (index < 0) return false
        moved = `#renditions[${index}].`
      }
      const set = `${moved}#envelopeGeneration = :to`
      const when = `${moved}#envelopeGeneration = :from AND ${moved}#id = :id`
      return (await calls.transact([{ update: objectKey(objectId), set, when, values }])) === undefined
    },

    forget: (id, { again = false } = {}) => forget(calls, id, again),

    async addLink(row) {
      const refused = await calls.transact([
        { check: objectKey(row.objectId), when: 'attribute_exists(#versionId)' },
        { put: linkItem(row), when: ABSENT },
        { put: linkOfItem(row) },
      ])
      if (refused === undefined) return true
      if (refused[0] !== undefined) return false
      throw new RangeError('there is a link with this id already')
    },

    async link(linkId) {
      const item = await calls.get(linkKey(linkId))
      return item && linkFrom(item)
    },

    async links({ objectId, after, limit = PAGE } = {}) {
      const before = await placeAfter(after === undefined ? undefined : linkKey(after))
      if (before === false) return []
      const keys = objectId === undefined ? newestOf(calls, 'link', before, limit) : linksOf(objectId, before, limit)
      return rowsAt(calls, keys, limit, linkFrom)
    },

    revoke: (linkId) => revokeLink(calls, linkId),

    async spend(linkId, now, event) {
      const inTime = '#notBefore <= :now AND #expires > :now'
      const refused = await calls.transact([
        {
          update: linkKey(linkId),
          set: '#usesLeft = #usesLeft - :one',
          when: `#revoked = :false AND ${inTime} AND #usesLeft > :none`,
          values: { ':one': 1, ':none': 0, ':now': now, ':false': false },
        },
        { put: accessItem(event), when: ABSENT },
      ])
      if (refused === undefined) return { outcome: 'spent' }
      const [link, written] = refused
      if (link === undefined && written !== undefined)
        throw new RangeError('there is an access event with this id already')
      const outcome = refusalOf(link?.item && linkFrom(link.item), now)
      if (outcome === undefined) throw damaged()
      return { outcome }
    },

    async record(event) {
      await calls.write({ put: accessItem(event), when: ABSENT })
    },

    async accesses({ object: of, after, limit = PAGE } = {}) {
      const before = await placeAfter(after === undefined ? undefined : accessKey(after))
      if (before === false) return []
      const keys = of === undefined ? newestOf(calls, 'access', before, limit) : accessesOf(calls, of, before, limit)
      return rowsAt(calls, keys, limit, accessFrom)
    },
  }
}
