/** Lists, newest first: sixteen partitions merged as far as a page needs, and the rows read from the table as they are now. */
import type { CatalogueCalls } from './catalogueCalls.ts'
import { type Item, keyFrom, placeOf } from './catalogueItems.ts'
import { type Key, type Listed, partitionsOf } from './catalogueKeys.ts'
import { catalogueTable } from './catalogueTable.ts'

const [newest, byObject] = catalogueTable.indexes
/** Rows read at once. */
const AT_ONCE = 16

interface Stretch {
  readonly pages: AsyncGenerator<readonly Item[], void, undefined>
  /** What was fetched and isn't given yet, newest first. */
  waiting: readonly Item[]
}

async function refill(stretch: Stretch): Promise<boolean> {
  while (stretch.waiting.length === 0) {
    const { done, value } = await stretch.pages.next()
    if (done) return false
    stretch.waiting = value
  }
  return true
}

/** Keys of everything of this kind. @param limit how many will be wanted, about */
export async function* newestOf(
  calls: Pick<CatalogueCalls, 'query'>,
  kind: Listed,
  before: string | undefined,
  limit: number,
): AsyncGenerator<Key, void, undefined> {
  const perPartition = Math.ceil(limit / 8) + 1
  const open = new Set(
    partitionsOf(kind).map((partition): Stretch => {
      const pages = calls.query({ partition, index: newest, before, newestFirst: true, limit: perPartition })
      return { pages, waiting: [] }
    }),
  )
  while (open.size > 0) {
    const filled = await Promise.all([...open].map(async (stretch) => ({ stretch, some: await refill(stretch) })))
    let first: { readonly stretch: Stretch; readonly item: Item; readonly at: string } | undefined
    for (const { stretch, some } of filled) {
      const [item] = stretch.waiting
      if (!some || item === undefined) {
        open.delete(stretch)
        continue
      }
      const at = placeOf(item)
      if (first === undefined || at > first.at) first = { stretch, item, at }
    }
    if (first === undefined) return
    first.stretch.waiting = first.stretch.waiting.slice(1)
    yield keyFrom(first.item)
  }
}

/** Keys of the access events of one object. */
export async function* accessesOf(
  calls: Pick<CatalogueCalls, 'query'>,
  objectId: string,
  before: string | undefined,
  limit: number,
): AsyncGenerator<Key, void, undefined> {
  const range = { partition: objectId, index: byObject, before, newestFirst: true, limit: limit + 1 }
  for await (const items of calls.query(range)) yield* items.map(keyFrom)
}

/** The first `limit` rows that these keys lead to; what an index lists and is there no more doesn't count. */
export async function rowsAt<T>(
  calls: Pick<CatalogueCalls, 'get'>,
  keys: AsyncIterable<Key>,
  limit: number,
  rowFrom: (item: Item) => T | undefined,
): Promise<readonly T[]> {
  const rows: T[] = []
  let wanted: Key[] = []
  const read = async () => {
    for (const item of await Promise.all(wanted.map((key) => calls.get(key)))) {
      const row = item && rowFrom(item)
      if (row !== undefined) rows.push(row)
    }
    wanted = []
  }
  for await (const key of keys) {
    wanted.push(key)
    if (wanted.length < Math.min(AT_ONCE, limit - rows.length)) continue
    await read()
    if (rows.length >= limit) return rows
  }
  await read()
  return rows
}
