/**
 * ML-KEM private keys from a 64-byte seed a generation in Secrets Manager, decapsulating in this process. Public keys
 * come from the seed and never from the register, so a wrong pin shows.
 */
import type { KeyObject } from 'node:crypto'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf, SEED_BYTES } from '../mlkem.ts'
import { type Clock, type KemCustody, type KemLevel, Unavailable } from '../ports.ts'
import { type Cached, cached, wallClock } from './cached.ts'
import type { KeyRegister } from './keyRegister.ts'
import { damagedSecret } from './secrets.ts'
import { openSecretStore, type SecretStore } from './secretValue.ts'
import type { AwsSettings } from './settings.ts'

/** How long a private key that was imported is used: a secret that was deleted or put right is noticed after that. */
export const IMPORTED_KEPT_MS = 5 * 60_000

export const seedName = (prefix: string, generation: number) => `${prefix}/${generation}`

/** @throws Unavailable when it isn't there or isn't a seed */
export async function readSeed(store: SecretStore, prefix: string, generation: number): Promise<Uint8Array> {
  const name = seedName(prefix, generation)
  const seed = await store.read(name)
  if (seed === undefined) {
    throw new Unavailable(
      `the seed ${name} is missing: bring it back (aws secretsmanager restore-secret), or from its replica`,
      { advice: 'a seed is missing: bring it back (aws secretsmanager restore-secret), or from its replica' },
    )
  }
  if (seed.length !== SEED_BYTES) throw damagedSecret(name)
  return seed
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: Uint8Array
}

export function openSeedCustody(
  register: Pick<KeyRegister, 'active'>,
  seedPrefix: string,
  settings: AwsSettings = {},
  clock: Clock = wallClock,
): KemCustody {
  const store = openSecretStore(settings)
  const imported = new Map<string, Cached<KeyPair>>()

  async function importPair(generation: number, level: KemLevel): Promise<KeyPair> {
    const seed = await readSeed(store, seedPrefix, generation)
    const privateKey = kemPrivateKey(seed, level)
    seed.fill(0)
    return { privateKey, publicKey: kemPublicKeyOf(privateKey, level) }
  }

  async function keyPair(keyId: string, level: KemLevel): Promise<KeyPair | undefined> {
    const found = await register.active(keyId)
    if (found?.custody !== 'seed') return undefined
    const name = `${level} ${keyId}`
    const known = imported.get(name) ?? cached(() => importPair(found.generation, level), IMPORTED_KEPT_MS, clock)
    imported.set(name, known)
    return known.get()
  }

  return {
    async publicKey(keyId, level) {
      return (await keyPair(keyId, level))?.publicKey.slice()
    },
    async decapsulate(keyId, level, ciphertext) {
      const pair = await keyPair(keyId, level)
      if (pair === undefined) throw notHeld()
      return kemDecapsulate(pair.privateKey, level, ciphertext)
    },
  }
}

export function notHeld(): Unavailable {
  return new Unavailable('this ML-KEM key is not held here or is retired: see `safelight keys list`')
}
