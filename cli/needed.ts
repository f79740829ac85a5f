/** Which keys the vault needs that are not here, and what of it no catalogue lists: as the clear envelopes say, no key used. */
import { recipientsOf, recipientsOfAny, sealedObjects } from '../shared/flow/recipients.ts'
import { namedBy } from '../shared/flow/rewrap.ts'
import { VAULT_KEYS } from '../shared/flow/source.ts'
import { heldKeys, type Lack, type LackOf } from '../shared/platform/local/heldKeys.ts'
import { AuthenticationFailed, type ObjectRow, type ObjectVersion, Unavailable } from '../shared/platform/ports.ts'
import type { Deployment } from './deployment.ts'

export interface Needed {
  /** Objects that were looked at. */
  readonly seen: number
  /** Whether there are more, which were not. */
  readonly cut: boolean
  /** By the key that is lacking. */
  readonly lacks: readonly { readonly lack: Lack; readonly objects: number }[]
  /** Objects that the catalogue does not list. */
  readonly unlisted: readonly string[]
}

type Vault = Pick<Deployment, 'home' | 'primitives' | 'objects'>

/**
 * In the order of their random ids, so that the first of many stand for all.
 * @param catalogue none where it is about to be made again
 */
export async function neededKeys(
  vault: Vault,
  catalogue: Pick<Deployment['catalogue'], 'object'> | undefined,
  most = Number.POSITIVE_INFINITY,
): Promise<Needed> {
  const lackOf = await heldKeys(vault.home)
  const lacks = new Map<string, { lack: Lack; objects: number }>()
  const unlisted: string[] = []
  let seen = 0
  for await (const info of sealedObjects(vault.objects)) {
    const row = await catalogue?.object(info.key.slice(VAULT_KEYS.object('').length))
    if (catalogue !== undefined && row?.versionId !== info.versionId) unlisted.push(info.key)
    if (seen === most) continue
    seen++
    const lack = await lackOfOne(vault, info, row, lackOf)
    if (lack) lacks.set(lack.keyId, { lack, objects: (lacks.get(lack.keyId)?.objects ?? 0) + 1 })
  }
  return { seen, cut: seen === most, lacks: [...lacks.values()], unlisted }
}

async function lackOfOne(
  vault: Vault,
  info: ObjectVersion,
  row: ObjectRow | undefined,
  lackOf: LackOf,
): Promise<Lack | undefined> {
  try {
    if (row?.versionId !== info.versionId) return lackOf(await recipientsOfAny(vault, info))
    for (const named of namedBy(row)) {
      const lack = lackOf(await recipientsOf(vault, named))
      if (lack) return lack
    }
    return undefined
  } catch (error) {
    // Damaged or gone: others say so.
    if (error instanceof AuthenticationFailed || error instanceof Unavailable) return undefined
    throw error
  }
}
