/** An empty catalogue beside a vault that isn't: SQLite makes a new file, without a word, where one was lost or cut to nothing. */
import { VAULT_KEYS } from '../shared/flow/source.ts'
import type { Catalogue, Objects } from '../shared/platform/ports.ts'
import { NotFound } from './ids.ts'

export interface Ports {
  readonly catalogue: Catalogue
  readonly objects: Objects
}

/** True also while the very first upload is sealed and not yet verified. */
export async function wasLost({ catalogue, objects }: Ports): Promise<boolean> {
  if ((await catalogue.objects({ limit: 1 })).length > 0) return false
  for await (const _info of objects.versions('vault', { prefix: VAULT_KEYS.object('') })) return true
  return false
}

const TEXT = 'the catalogue lists nothing, while the vault holds sealed objects'
const HINT =
  'safelight catalogue rebuild brings them back; if they were only just sealed, safelight serve verifies them'

/** For a command that found nothing listed. @returns whether it warned */
export async function warnIfLost(ports: Ports, out: { warn(message: string, hint?: string): void }): Promise<boolean> {
  if (!(await wasLost(ports))) return false
  out.warn(TEXT, HINT)
  return true
}

/** Runs what looks for one object. Where all are lost, its not being found says so. */
export async function orLost<T>(ports: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NotFound) || !(await wasLost(ports))) throw error
    throw new NotFound(error.message, `${TEXT}: ${HINT}`)
  }
}
