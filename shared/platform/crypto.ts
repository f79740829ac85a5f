/**
 * The cryptographic primitives on a server: node:crypto (OpenSSL) wherever it has them, noble where it has not
 * (AES-GCM-SIV), and noble for ML-KEM encapsulation, so that sealing works the same in a browser.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { gcmsiv } from '@noble/ciphers/aes.js'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import type { BatchAead } from '../vault/body.ts'
import type { Aead, KemLevel, Primitives } from './ports.ts'

const TAG = 16

function digest(algorithm: string, parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function hmac(algorithm: string, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  // With bytes, node:crypto takes twice as long to make a key object of them.
  const mac = createHmac(algorithm, createSecretKey(key))
  for (const part of parts) mac.update(part)
  return mac.digest()
}

function aes256Gcm(key: Uint8Array): BatchAead {
  // With bytes, node:crypto makes a key object of them for every cipher, which costs more than 16 KiB of AES.
  const secret = createSecretKey(key)
  function encrypt(nonce: Uint8Array, plaintext: Uint8Array, aad?: Uint8Array): [ciphertext: Buffer, tag: Buffer] {
    const cipher = createCipheriv('aes-256-gcm', secret, nonce)
    if (aad) cipher.setAAD(aad)
    const ciphertext = cipher.update(plaintext)
    cipher.final()
    return [ciphertext, cipher.getAuthTag()]
  }
  return {
    seal: (nonce, plaintext, aad) => Buffer.concat(encrypt(nonce, plaintext, aad)),
    sealTo(out, at, nonce, plaintext) {
      const [ciphertext, tag] = encrypt(nonce, plaintext)
      out.set(ciphertext, at)
      out.set(tag, at + ciphertext.length)
    },
    open(nonce, ciphertext, aad) {
      if (ciphertext.length < TAG) return undefined
      const end = ciphertext.length - TAG
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG })
      decipher.setAuthTag(ciphertext.subarray(end))
      if (aad) decipher.setAAD(aad)
      const plaintext = decipher.update(ciphertext.subarray(0, end))
      try {
        decipher.final()
      } catch {
        return undefined
      }
      return plaintext
    },
  }
}

function aes256GcmSiv(key: Uint8Array): Aead {
  return {
    seal: (nonce, plaintext, aad) => gcmsiv(key, nonce, aad).encrypt(plaintext),
    open(nonce, ciphertext, aad) {
      try {
        return gcmsiv(key, nonce, aad).decrypt(ciphertext)
      } catch {
        return undefined
      }
    },
  }
}

const mlKem = { 768: ml_kem768, 1024: ml_kem1024 } as const

export const nodePrimitives: Primitives = {
  kem: {
    encapsulate(level: KemLevel, publicKey: Uint8Array) {
      const { cipherText, sharedSecret } = mlKem[level].encapsulate(publicKey)
      return { ciphertext: cipherText, sharedSecret }
    },
  },
  random: (length) => randomBytes(length),
  sha256Stream() {
    const hash = createHash('sha256')
    return { update: (data) => void hash.update(data), digest: () => hash.digest() }
  },
  sha256: (...parts) => digest('sha256', parts),
  sha512: (...parts) => digest('sha512', parts),
  hmacSha256: (key, ...parts) => hmac('sha256', key, parts),
  hmacSha512: (key, ...parts) => hmac('sha512', key, parts),
  aes256Gcm,
  aes256GcmSiv,
}
