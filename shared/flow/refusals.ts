/**
 * What VERIFY refused: an upload of which several attempts didn't verify will not verify by being sealed once more, and each
 * attempt stays in the vault. So they are counted, and SWEEP seals it no more; its plaintext stays where it is, and in sight,
 * until a person asks for another try. What was sealed is verified again each day all the same: that needs no other attempt
 * where it was the reader that had to be mended.
 *
 * What doesn't open can't say what it is of, so SEAL says it beside the object: a hash, as in events. Who may put objects
 * into the vault can make SWEEP patient with an upload, and no more.
 */
import type { Catalogue, Objects } from '../platform/ports.ts'
import { VAULT_KEYS } from './source.ts'

/** After so many attempts that were refused an upload is sealed no more by itself. */
export const MOST_REFUSED = 3

/** The metadata key under which SEAL says which version an attempt is of. */
export const ATTEMPT_OF = 'upload'

const VERSION_ID = /^[0-9a-f]{32}$/

interface RefusalPorts {
  readonly objects: Pick<Objects, 'head'>
  readonly catalogue: Pick<Catalogue, 'refuse'>
}

/** Counts this attempt, once however often it is refused. @throws Unavailable */
export async function countRefused(
  { objects, catalogue }: RefusalPorts,
  key: string,
  versionId: string | undefined,
): Promise<void> {
  const of = (await objects.head('vault', key, versionId))?.metadata[ATTEMPT_OF]
  if (of !== undefined && VERSION_ID.test(of)) await catalogue.refuse(of, key.slice(VAULT_KEYS.object('').length))
}
