/**
 * RETRY: what a person asks for after mending what made an upload fail. What never became a committed object is sealed
 * again from intake, because the same sealed object would only fail the same way; what did is VERIFY's again, which alone
 * erases. An attempt that was given up goes, while its upload is there and no catalogue row names it.
 */
import type { Catalogue, ObjectInfo, Objects, Primitives, Secrets } from '../platform/ports.ts'
import { indexOf, VAULT_KEYS, versionIdOf } from './source.ts'

export interface RetryPorts {
  readonly primitives: Primitives
  readonly objects: Pick<Objects, 'head' | 'erase'>
  readonly catalogue: Pick<Catalogue, 'bySource' | 'object' | 'pardon'>
  readonly secrets: Pick<Secrets, 'indexKey'>
}

/** @returns the upload to seal anew; undefined when the same message is to be delivered again */
export async function reseal(ports: RetryPorts, upload: string, attempt: string): Promise<ObjectInfo | undefined> {
  const info = await ports.objects.head('intake', upload)
  if (!info) return undefined
  const indexKey = await ports.secrets.indexKey()
  const version = { ...info, version: info.versionId }
  const { source } = indexOf(ports.primitives, indexKey, version)
  if (await ports.catalogue.bySource(source)) return undefined
  if (await ports.catalogue.object(attempt.slice(VAULT_KEYS.object('').length))) return undefined
  const given = await ports.objects.head('vault', attempt)
  if (given) await ports.objects.erase(given)
  await ports.catalogue.pardon(versionIdOf(ports.primitives, version))
  return info
}
