/** The Secrets port from key files. The link key with the highest kid signs; older ones still verify. */
import type { Clock, Secrets } from '../ports.ts'
import { systemClock } from './clock.ts'
import { homeLayout } from './deployment.ts'
import { INDEX_KEY, linkKeyFile, linkKeyIds, needKeyFile, readKeyFile } from './keyFiles.ts'

type LinkKey = Awaited<ReturnType<Secrets['linkKey']>>

/**
 * A key that is there stays what it is, and which there are is known: forged tokens, whatever kid they name, are kept off
 * the disk, where all of them together may list the folder once in so long.
 */
const KEPT_MS = { key: 5 * 60_000, list: 2_000 } as const

interface Known<T> {
  readonly value: T
  readonly at: number
}

export function openSecrets(home: string, clock: Clock = systemClock): Secrets {
  const folder = homeLayout(home).keys
  const keys = new Map<number, Known<LinkKey>>()
  let list: Known<Promise<readonly number[]>> | undefined

  function fresh<T>(known: Known<T> | undefined, ms: number): Known<T> | undefined {
    const age = known ? clock.now() - known.at : ms
    return age >= 0 && age < ms ? known : undefined
  }

  function listKids(): Promise<readonly number[]> {
    const listing = { value: linkKeyIds(folder), at: clock.now() }
    list = listing
    listing.value.catch(() => {
      if (list === listing) list = undefined
    })
    return listing.value
  }

  async function byId(kid: number): Promise<LinkKey> {
    const found = fresh(keys.get(kid), KEPT_MS.key)
    if (found) return found.value
    const kids = await (fresh(list, KEPT_MS.list)?.value ?? listKids())
    if (!kids.includes(kid)) return undefined
    const bytes = await readKeyFile(folder, linkKeyFile(kid))
    if (!bytes) return undefined
    const key = { kid, key: bytes }
    keys.set(kid, { value: key, at: clock.now() })
    return key
  }

  return {
    async linkKey(kid) {
      if (kid !== undefined) return byId(kid)
      // A rotation takes effect at once: whoever signs looks.
      const newest = (await listKids()).at(-1)
      return newest === undefined ? undefined : byId(newest)
    },
    indexKey: () => needKeyFile(folder, INDEX_KEY),
  }
}
