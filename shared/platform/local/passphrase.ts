/** From a passphrase to a key, at a cost that a stored header names and a reader bounds. */
import * as crypto from 'node:crypto'

const ARGON2ID = 1
const SCRYPT = 2

export interface PassphraseCost {
  readonly kdf: typeof ARGON2ID | typeof SCRYPT
  /** Argon2id: memory in KiB, passes, lanes. scrypt: N, r, p. */
  readonly parameters: readonly [number, number, number]
}

/** 256 MiB and three passes: four times the memory of RFC 9106's second recommendation. */
const ARGON2ID_COST: PassphraseCost = { kdf: ARGON2ID, parameters: [256 * 1024, 3, 4] }
/** 128 MiB, for a runtime without Argon2. */
const SCRYPT_COST: PassphraseCost = { kdf: SCRYPT, parameters: [2 ** 17, 8, 1] }

export function bestCost(): PassphraseCost {
  return 'argon2' in crypto ? ARGON2ID_COST : SCRYPT_COST
}

const MAX_MEMORY = 1024 * 1024 * 1024

/** The cost that a header asks for; undefined when it is no sane one, because the header comes before any proof. */
export function checkedCost(kdf: number, parameters: readonly number[]): PassphraseCost | undefined {
  const [a = 0, b = 0, c = 0] = parameters
  if (kdf === ARGON2ID) {
    const sane = b >= 1 && b <= 16 && c >= 1 && c <= 16 && a >= 8 * c && a * 1024 <= MAX_MEMORY
    return sane ? { kdf, parameters: [a, b, c] } : undefined
  }
  if (kdf === SCRYPT) {
    const powerOfTwo = a >= 2 && a <= 2 ** 24 && Number.isInteger(Math.log2(a))
    const sane = powerOfTwo && b >= 1 && b <= 32 && c >= 1 && c <= 16 && 128 * a * b <= MAX_MEMORY
    return sane ? { kdf, parameters: [a, b, c] } : undefined
  }
  return undefined
}

/** 32 bytes. The passphrase counts in Unicode's composed form, so that it is the same from every keyboard. */
export function deriveKey(passphrase: string, salt: Uint8Array, cost: PassphraseCost): Promise<Buffer> {
  const message = Buffer.from(passphrase.normalize('NFC'))
  const [a, b, c] = cost.parameters
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer) => {
      message.fill(0)
      if (error) reject(error)
      else resolve(key)
    }
    if (cost.kdf === ARGON2ID) {
      const work = { message, nonce: salt, memory: a, passes: b, parallelism: c, tagLength: 32 }
      crypto.argon2('argon2id', work, done)
    } else {
      crypto.scrypt(message, salt, 32, { N: a, r: b, p: c, maxmem: 2 * MAX_MEMORY }, done)
    }
  })
}
