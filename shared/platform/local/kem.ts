/**
 * Both halves of ML-KEM on this machine: pinned public keys for whoever seals, the seed for whoever opens. Opening
 * derives its public key from the seed and never reads the pinned one, so a wrong pin shows. The seed is read from the
 * disk on each use: VERIFY erases what it could open, and a key that only this process still remembers opens nothing
 * tomorrow.
 */
import { hash, type KeyObject } from 'node:crypto'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf } from '../mlkem.ts'
import { type KemCustody, type KemLevel, type KemPublicKeys, Unavailable } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { currentGeneration, needKeyFile, publicKeyFile, readManifest, seedFile } from './keyFiles.ts'

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
  /** Of the seed that it was imported from. */
  readonly digest: string
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
    const seed = await needKeyFile(folder, seedFile(found.generation))
    try {
      const digest = hash('sha256', seed)
      const known = imported.get(name)
      if (known?.digest === digest) return known
      const privateKey = kemPrivateKey(seed, level)
      const pair = { digest, privateKey, publicKey: kemPublicKeyOf(privateKey, level) }
      imported.set(name, pair)
      return pair
    } finally {
      seed.fill(0)
    }
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
