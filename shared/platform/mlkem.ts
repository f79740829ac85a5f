/** ML-KEM private keys from 64-byte seeds by node:crypto (OpenSSL 3.5): what every custody that holds a seed does with it. */
import { createPrivateKey, createPublicKey, decapsulate, type KeyObject } from 'node:crypto'
import { AuthenticationFailed, type KemLevel } from './ports.ts'

export const LEVELS: readonly KemLevel[] = [768, 1024]
export const SEED_BYTES = 64
/** FIPS 203 table 3. */
export const PUBLIC_KEY_BYTES: Readonly<Record<KemLevel, number>> = { 768: 1184, 1024: 1568 }
export const CIPHERTEXT_BYTES: Readonly<Record<KemLevel, number>> = { 768: 1088, 1024: 1568 }
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
  return rawPublicKey(createPublicKey(privateKey), level)
}

/** FIPS 203's encoding, which ends its SubjectPublicKeyInfo (RFC 9935 section 4). */
export function rawPublicKey(publicKey: KeyObject, level: KemLevel): Uint8Array {
  if (publicKey.asymmetricKeyType !== `ml-kem-${level}`) throw new RangeError(`this is no ML-KEM-${level} key`)
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - PUBLIC_KEY_BYTES[level]))
}

/** FIPS 203 ML-KEM.Decaps. @throws AuthenticationFailed for a ciphertext of the wrong length */
export function kemDecapsulate(privateKey: KeyObject, level: KemLevel, ciphertext: Uint8Array): Uint8Array {
  if (ciphertext.length !== CIPHERTEXT_BYTES[level]) throw new AuthenticationFailed()
  return new Uint8Array(decapsulate(privateKey, ciphertext))
}
