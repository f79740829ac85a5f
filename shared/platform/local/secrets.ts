/** The Secrets port from key files. The link key with the highest kid signs; older ones still verify. */
import type { Clock, Secrets } from '../ports.ts'
import { systemClock } from './clock.ts'
import { homeLayout } from './deployment.ts'
import { INDEX_KEY, linkKeyFile, linkKeyIds, needKeyFile, readKeyFile } from './keyFiles.ts'

type LinkKey = Awaited<ReturnType<Secrets['linkKey']>>

/** A key that is there stays what it is; one that is missing may have been made since. Both keep forged tokens off the disk. */
const KEPT_MS = { present: 5 * 60_000, missing: 2_000 } as const

export function openSecrets(home: string, clock: Clock = systemClock): Secrets {
  const folder = homeLayout(home).keys
  const known = new Map<number, { readonly key: LinkKey; readonly until: number }>()

  async function byId(kid: number): Promise<LinkKey> {
    if (!Number.isInteger(kid) || kid < 0 || kid > 255) return undefined
    const found = known.get(kid)
    if (found && clock.now() < found.until) return found.key
    const bytes = await readKeyFile(folder, linkKeyFile(kid))
    const key = bytes && { kid, key: bytes }
    known.set(kid, { key, until: clock.now() + (key ? KEPT_MS.present : KEPT_MS.missing) })
    return key
  }

  return {
    async linkKey(kid) {
      if (kid !== undefined) return byId(kid)
      const newest = (await linkKeyIds(folder)).at(-1)
      if (newest === undefined) return undefined
      // Whoever asked for it before it was made must not delay the links that are signed by it.
      return (await byId(newest)) ?? (known.delete(newest) ? byId(newest) : undefined)
    },
    indexKey: () => needKeyFile(folder, INDEX_KEY),
  }
}
