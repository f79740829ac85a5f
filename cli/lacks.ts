/**
 * What a refusal to open says beside `authentication failed`: that the key is not here, or is retired. It is read from the
 * clear part of what was to be opened, as `safelight inspect` shows it, and proves as little.
 */

import { recipientsOf } from '../shared/flow/recipients.ts'
import { namedBy } from '../shared/flow/rewrap.ts'
import { heldKeys, type KeyIds, type Lack } from '../shared/platform/local/heldKeys.ts'
import { AuthenticationFailed, Unavailable } from '../shared/platform/ports.ts'
import { readHead, type SealedSource } from '../shared/vault/open.ts'
import type { Deployment } from './deployment.ts'
import { KeyNotHere } from './errors.ts'
import { asTyped } from './typed.ts'

type Asked = Pick<Deployment, 'home' | 'primitives' | 'objects'>

/** What is the matter, to follow "sealed under". */
export function wordsOf(lack: Lack): string {
  switch (lack.why) {
    case 'absent':
      return `${lack.keyId}, which is not here`
    case 'retired':
      return `generation ${lack.generation}, retired here`
    case 'missing':
      return `generation ${lack.generation}, whose ${lack.file} is missing`
  }
}

export function wayOut(lack: Lack): string {
  switch (lack.why) {
    case 'absent':
      return 'restore a newer backup, or that of the home it is from: safelight keys restore FILE'
    case 'retired':
      return `safelight keys retire ${lack.generation} --undo`
    case 'missing':
      return 'safelight keys restore FILE'
  }
}

/** Undefined when the keys are here, or nobody can say. */
export async function lackHint(
  { home }: Pick<Asked, 'home'>,
  ask: () => Promise<readonly KeyIds[]>,
): Promise<string | undefined> {
  try {
    const lack = (await heldKeys(home))(await ask())
    return lack && asTyped(`it says it is sealed under ${wordsOf(lack)}: ${wayOut(lack)}`)
  } catch (error) {
    if (error instanceof AuthenticationFailed || error instanceof Unavailable) return undefined
    throw error
  }
}

type Sealed = Parameters<typeof recipientsOf>[1]

export function lackOfStored(deployment: Asked, named: Sealed): Promise<string | undefined> {
  return lackHint(deployment, () => recipientsOf(deployment, named))
}

/** By the ids alone, for whoever has no more. */
export async function lackOfId(
  deployment: Asked & Pick<Deployment, 'catalogue'>,
  objectId: string,
  sealedId: string,
): Promise<string | undefined> {
  const row = await deployment.catalogue.object(objectId)
  const named = row && namedBy(row).find(({ ref }) => ref.id === sealedId)
  return named && lackOfStored(deployment, named)
}

async function orHinted<T>(work: () => Promise<T>, hint: () => Promise<string | undefined>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AuthenticationFailed)) throw error
    const said = await hint()
    throw said === undefined ? error : new KeyNotHere(said)
  }
}

/** Runs what opens this stored object. @throws KeyNotHere, the same refusal with a hint, where its key is not here */
export function orKeyNotHere<T>(deployment: Asked, named: Sealed, work: () => Promise<T>): Promise<T> {
  return orHinted(work, () => lackOfStored(deployment, named))
}

/** The same for a sealed file. */
export function orFileKeyNotHere<T>(
  deployment: Pick<Asked, 'home' | 'primitives'>,
  source: SealedSource,
  work: () => Promise<T>,
): Promise<T> {
  const ask = async () => (await readHead(deployment.primitives, source)).header.envelope.records
  return orHinted(work, () => lackHint(deployment, ask))
}
