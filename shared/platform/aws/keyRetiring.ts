/** Listing generations, and retiring those that no object needs. Nothing is deleted: what is retired comes back by undoing it. */
import { Unavailable } from '../ports.ts'
import { openKeyRegister } from './keyRegister.ts'
import { openKeyRegisterChanges } from './keyRegisterChanges.ts'
import type { Generation } from './keyTable.ts'
import { parseLinkKeys } from './linkKeys.ts'
import { openSecretStore } from './secretValue.ts'
import type { AwsSettings } from './settings.ts'

/** The generation isn't there, seals, or is needed; nothing was changed. */
export class RetiringRefused extends Error {
  override readonly name = 'RetiringRefused'
}

/** What is held, without any secret. */
export interface KeyList {
  readonly current: string
  readonly generations: readonly Pick<
    Generation,
    'keyId' | 'generation' | 'created' | 'state' | 'custody' | 'dataKeyArn'
  >[]
  /** Key ids of the link keys; the last one signs. */
  readonly linkKids: readonly number[]
}

/** Undefined when there are no keys. @throws Unavailable */
export async function listKeys(
  { table, linkSecret }: { readonly table: string; readonly linkSecret: string },
  settings: AwsSettings = {},
): Promise<KeyList | undefined> {
  const { current, generations } = await openKeyRegister(table, settings).readNow()
  if (current === undefined) return undefined
  const link = await openSecretStore(settings).read(linkSecret)
  return {
    current: current.keyId,
    // One that is being made has no place in a list yet.
    generations: generations
      .filter(({ generation }) => generation <= current.generation)
      .map(({ keyId, generation, created, state, custody, dataKeyArn }) => ({
        ...{ keyId, generation, created, state, custody, dataKeyArn },
      })),
    linkKids: link === undefined ? [] : parseLinkKeys(link).keys.map(({ kid }) => kid),
  }
}

/** What still needs a generation: numbers of objects, as `needOf` of shared/flow counts them. */
export interface StillNeeded {
  readonly objects: number
  readonly waiting: number
  readonly unknown: number
}

/**
 * @param need asked with the generation's key id and those of the other active ones
 * @returns false when it was retired already. @throws RetiringRefused, Unavailable
 */
export async function retire(
  table: string,
  generation: number,
  need: (keyId: string, others: ReadonlySet<string>) => Promise<StillNeeded>,
  settings: AwsSettings = {},
): Promise<boolean> {
  const { found, others } = await find(table, generation, settings)
  if (found.state === 'retired') return false
  const { objects, waiting, unknown } = await need(found.keyId, new Set(others.map(({ keyId }) => keyId)))
  if (objects > 0)
    throw new RetiringRefused(`objects that still need generation ${generation}: ${objects}; rewrap them`)
  if (waiting > 0) throw new RetiringRefused(`sealed uploads that wait under generation ${generation}: ${waiting}`)
  if (unknown > 0) throw new RetiringRefused(`objects that could not be read, so that nobody knows: ${unknown}`)
  return set(table, generation, 'retired', settings)
}

/** @returns false when it was active already. @throws RetiringRefused, Unavailable */
export async function unretire(table: string, generation: number, settings: AwsSettings = {}): Promise<boolean> {
  const { found } = await find(table, generation, settings)
  return found.state === 'active' ? false : set(table, generation, 'active', settings)
}

async function find(table: string, generation: number, settings: AwsSettings) {
  const { current, generations } = await openKeyRegister(table, settings).readNow()
  if (current === undefined) throw new Unavailable('there are no keys yet: run `safelight keys init`')
  const found = generations.find((one) => one.generation === generation)
  if (found === undefined || generation > current.generation) {
    throw new RetiringRefused(`there is no generation ${generation}`)
  }
  if (found === current) {
    throw new RetiringRefused(`generation ${generation} is the one that seals: run \`safelight keys rotate\` first`)
  }
  return { found, others: generations.filter((one) => one !== found && one.state === 'active') }
}

async function set(table: string, generation: number, state: Generation['state'], settings: AwsSettings) {
  if (await openKeyRegisterChanges(table, settings).setState(generation, state)) return true
  throw new Unavailable('the key register was changed at the same time: run it again')
}
