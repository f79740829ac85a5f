/** An empty catalogue beside a vault that isn't: SQLite makes a new file, without a word, where one was lost or cut to nothing. */
import { VAULT_KEYS } from '../shared/flow/source.ts'
import type { Deployment } from './deployment.ts'

/** True also while the very first upload is sealed and not yet verified. */
export async function wasLost({ catalogue, objects }: Pick<Deployment, 'catalogue' | 'objects'>): Promise<boolean> {
  if ((await catalogue.objects({ limit: 1 })).length > 0) return false
  for await (const _info of objects.versions('vault', { prefix: VAULT_KEYS.object('') })) return true
  return false
}
