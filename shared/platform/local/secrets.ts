/** The Secrets port from key files. The link key with the highest kid signs; older ones still verify. */
import type { Secrets } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { INDEX_KEY, linkKeyFile, linkKeyIds, needKeyFile, readKeyFile } from './keyFiles.ts'

export function openSecrets(home: string): Secrets {
  const folder = homeLayout(home).keys
  return {
    async linkKey(kid) {
      const wanted = kid ?? (await linkKeyIds(folder)).at(-1)
      if (wanted === undefined || !Number.isInteger(wanted) || wanted < 0 || wanted > 255) return undefined
      const key = await readKeyFile(folder, linkKeyFile(wanted))
      return key && { kid: wanted, key }
    },
    indexKey: () => needKeyFile(folder, INDEX_KEY),
  }
}
