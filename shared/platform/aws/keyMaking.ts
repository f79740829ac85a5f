/**
 * Making and rotating a stack's keys, run inside a Lambda, so that no seed is ever where a person is. Every step leaves
 * what a later run goes on with, and two runs at once take the same steps: the register's pointer, moved last, decides.
 *
 *     seed stored -> read back and tried -> row in the register -> index key -> link key -> pointer moved
 */
import { equal } from '../../keys/encoding.ts'
import { type Clock, type Primitives, Unavailable } from '../ports.ts'
import { wallClock } from './cached.ts'
import { type KemHome, type KemOrigin, type KemPins, makeSeed, replicateSeed, tryKem } from './keyGeneration.ts'
import { openKeyRegister } from './keyRegister.ts'
import { openKeyRegisterChanges } from './keyRegisterChanges.ts'
import { type Generation, PUBLIC_KEY_OF } from './keyTable.ts'
import { firstLinkKeys, linkKidOf, parseLinkKeys, withNextKey } from './linkKeys.ts'
import { damagedSecret } from './secrets.ts'
import { openSecretStore } from './secretValue.ts'
import type { AwsSettings } from './settings.ts'

/** Where one stack's keys are. */
export interface KeyPlace {
  readonly table: string
  readonly dataKeyArn: string
  readonly linkSecret: string
  readonly indexSecret: string
}

export interface MakingPorts {
  readonly primitives: Primitives
  readonly settings?: AwsSettings
  readonly clock?: Clock
}

export interface Made {
  readonly generation: number
  readonly keyId: string
  /** False when it was there already. */
  readonly made: boolean
  /** Levels whose public key was wrong in the register and is pinned again. */
  readonly pinned: readonly number[]
  /** Taken from the replica of what another region made. */
  readonly adopted?: true
}

/**
 * Makes the first generation. Where there is one, tries the one that seals, and pins its public keys again if others were.
 * @throws Unavailable
 */
export async function initKeys(place: KeyPlace, origin: KemOrigin, ports: MakingPorts): Promise<Made> {
  const { current, generations } = await openKeyRegister(place.table, ports.settings).readNow()
  if (current === undefined) return makeGeneration(place, origin, ports, undefined)
  // The keys are where the row says; where new ones go doesn't move them.
  const home = { custody: current.custody, seedPrefix: origin.seedPrefix }
  const kem = await tryKem(home, current.generation, ports.primitives, ports.settings ?? {})
  for (const { custody, generation } of generations) {
    if (custody === 'seed' && generation <= current.generation) {
      await replicateSeed(origin, generation, ports.settings ?? {})
    }
  }
  await ensureSecrets(place, current.generation, ports)
  const pinned = await pinAgain(place, current, kem, ports)
  return { generation: current.generation, keyId: current.keyId, made: false, pinned }
}

/** Makes the next generation and the next link key; from now on they seal and sign. @throws Unavailable */
export async function rotateKeys(place: KeyPlace, origin: KemOrigin, ports: MakingPorts): Promise<Made> {
  const { current } = await openKeyRegister(place.table, ports.settings).readNow()
  if (current === undefined) throw new Unavailable('there are no keys yet: run `safelight keys init`')
  return makeGeneration(place, origin, ports, current.generation)
}

async function makeGeneration(
  place: KeyPlace,
  origin: KemOrigin,
  ports: MakingPorts,
  from: number | undefined,
): Promise<Made> {
  const { primitives, settings = {} } = ports
  const generation = (from ?? 0) + 1
  if (origin.custody === 'seed') await makeSeed(origin, generation, primitives, settings)
  const secrets = () => ensureSecrets(place, generation, ports)
  return takeGeneration(place, origin, ports, from, secrets)
}

/**
 * The generation after `from`, whose keys are there, is tried, gets its row, and seals from now on.
 * @param secrets what else must be there before it does. @throws Unavailable
 */
export async function takeGeneration(
  place: KeyPlace,
  home: KemHome,
  ports: MakingPorts,
  from: number | undefined,
  secrets: () => Promise<void>,
): Promise<Made> {
  const { primitives, settings = {}, clock = wallClock } = ports
  const generation = (from ?? 0) + 1
  const kem = await tryKem(home, generation, primitives, settings)
  const changes = openKeyRegisterChanges(place.table, settings)
  const row: Generation = {
    ...{ ...kem, generation, created: clock.now() },
    ...{ state: 'active', dataKeyArn: place.dataKeyArn },
  }
  const added = await changes.add(row)
  // A killed run left its row; nothing was sealed under it, so what was tried now is what counts.
  if (!added) await changes.replaceUnused(row, from)
  await secrets()
  const made = await changes.makeCurrent(from, generation)
  const { current } = await openKeyRegister(place.table, settings).readNow()
  if (current === undefined || current.generation < generation) {
    throw new Unavailable('the new generation was not taken: run it again')
  }
  return { generation: current.generation, keyId: current.keyId, made, pinned: [] }
}

async function pinAgain(
  place: KeyPlace,
  current: Generation,
  kem: KemPins,
  { settings }: MakingPorts,
): Promise<readonly number[]> {
  const wrong = ([768, 1024] as const).filter(
    (level) => !equal(current[PUBLIC_KEY_OF[level]], kem[PUBLIC_KEY_OF[level]]),
  )
  if (wrong.length > 0) {
    await openKeyRegisterChanges(place.table, settings).pin({ ...kem, generation: current.generation })
  }
  return wrong
}

/** The index key, once and for ever; the generation's link key, beside the one before it. @throws Unavailable */
async function ensureSecrets(place: KeyPlace, generation: number, ports: MakingPorts): Promise<void> {
  const { primitives } = ports
  const store = openSecretStore(ports.settings)
  await store.fill(place.indexSecret, primitives.random(32))
  const kid = linkKidOf(generation)
  const bytes = await store.read(place.linkSecret)
  if (bytes === undefined) {
    return store.fill(place.linkSecret, firstLinkKeys(kid, primitives.random(32)))
  }
  const held = parsed(place.linkSecret, bytes)
  if (held.keys.some((one) => one.kid === kid)) return
  await store.next(place.linkSecret, withNextKey(held, kid, primitives.random(32)), linkToken(generation))
}

/** 32 characters or more: the version's name, which another run's value can't take. */
const linkToken = (generation: number) => `safelight-link-keys-of-generation-${String(generation).padStart(4, '0')}`

function parsed(secret: string, bytes: Uint8Array) {
  try {
    return parseLinkKeys(bytes)
  } catch {
    throw damagedSecret(secret)
  }
}
