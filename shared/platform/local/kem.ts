/**
 * Both halves of ML-KEM on this machine: pinned public keys for whoever seals, the seed for whoever opens. Opening
 * derives its public key from the seed and never reads the pinned one, so a wrong pin shows.
 */
import { createPrivateKey, createPublicKey, decapsulate, type KeyObject } from 'node:crypto'
import { AuthenticationFailed, type KemCustody, type KemLevel, type KemPublicKeys, Unavailable } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import {
  currentGeneration,
  needKeyFile,
  PUBLIC_KEY_BYTES,
  publicKeyFile,
  readManifest,
  SEED_BYTES,
  seedFile,
} from './keyFiles.ts'

/** FIPS 203 table 3. */
const CIPHERTEXT_BYTES: Readonly<Record<KemLevel, number>> = { 768: 1088, 1024: 1568 }
/** 2.16.840.1.101.3.4.4.2 and .3 (RFC 9935): the last byte of the object identifier. */
const OID_TAIL: Readonly<Record<KemLevel, number>> = { 768: 2, 1024: 3 }

/**
 * PKCS#8 with the seed alone (RFC 9935, section 6, `seed [0]`): every OpenSSL with ML-KEM reads it, while the shorter
 * raw-seed import came later.
 */
export function kemPrivateKey(seed: Uint8Array, level: KemLevel): KeyObject {
  if (seed.length !== SEED_BYTES) throw new RangeError('an ML-KEM seed is 64 bytes')
  const head = '3054020100300b06096086480165030404'
  const key = Buffer.concat([Buffer.from(head, 'hex'), Buffer.from([OID_TAIL[level], 0x04, 0x42, 0x80, 0x40]), seed])
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    key.fill(0)
  }
}

/** The public key that belongs to a private one: 1184 or 1568 bytes. */
export function kemPublicKeyOf(privateKey: KeyObject, level: KemLevel): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - PUBLIC_KEY_BYTES[level]))
}

/** FIPS 203 ML-KEM.Decaps. @throws AuthenticationFailed for a ciphertext of the wrong length */
export function kemDecapsulate(privateKey: KeyObject, level: KemLevel, ciphertext: Uint8Array): Uint8Array {
  if (ciphertext.length !== CIPHERTEXT_BYTES[level]) throw new AuthenticationFailed()
  return new Uint8Array(decapsulate(privateKey, ciphertext))
}

/** Reads public files alone, anew on each call, so that `keys init` and a rotation take effect at once. */
export function openKemPublicKeys(home: string): KemPublicKeys {
  const folder = homeLayout(home).keys
  return {
    async current(level) {
      const { keyId, generation } = await currentGeneration(folder)
      return { keyId, generation, level, publicKey: await needKeyFile(folder, publicKeyFile(generation, level)) }
    },
  }
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: Uint8Array
}

export function openKemCustody(home: string): KemCustody {
  const folder = homeLayout(home).keys
  const imported = new Map<string, KeyPair>()

  /** The manifest is read on each call: retiring a generation takes effect at once. */
  async function keyPair(keyId: string, level: KemLevel): Promise<KeyPair | undefined> {
    const manifest = await readManifest(folder)
    const found = manifest?.generations.find((generation) => generation.keyId === keyId)
    if (found === undefined || found.state !== 'active') return undefined
    const name = `${level} ${keyId}`
    const known = imported.get(name)
    if (known !== undefined) return known
    const seed = await needKeyFile(folder, seedFile(found.generation))
    const privateKey = kemPrivateKey(seed, level)
    seed.fill(0)
    const pair = { privateKey, publicKey: kemPublicKeyOf(privateKey, level) }
    imported.set(name, pair)
    return pair
  }

  return {
    async publicKey(keyId, level) {
      return (await keyPair(keyId, level))?.publicKey.slice()
    },
    async decapsulate(keyId, level, ciphertext) {
      const pair = await keyPair(keyId, level)
      if (pair === undefined) {
        throw new Unavailable('this ML-KEM key is not held here or is retired: see `safelight keys list`')
      }
      return kemDecapsulate(pair.privateKey, level, ciphertext)
    },
  }
}
