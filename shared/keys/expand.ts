/**
 * HKDF-Expand (RFC 5869 section 2.3) with SHA-512, by hand: node:crypto's `hkdf` also extracts, and caps `info` at 1,024 bytes.
 */
import type { Primitives } from '../platform/ports.ts'
import { u8 } from './encoding.ts'

const HASH = 64

/** The first `length` bytes (at most 255 * 64) of T(1) || T(2) || ...; T(i) = HMAC(key, T(i-1) || info || u8 i). */
export function expand(
  primitives: Pick<Primitives, 'hmacSha512'>,
  key: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  if (length > 255 * HASH) throw new RangeError('HKDF-Expand gives at most 16,320 bytes')
  const out = new Uint8Array(Math.ceil(length / HASH) * HASH)
  let previous: Uint8Array = new Uint8Array(0)
  for (let i = 1; (i - 1) * HASH < length; i++) {
    previous = primitives.hmacSha512(key, previous, info, u8(i))
    out.set(previous, (i - 1) * HASH)
  }
  return out.subarray(0, length)
}
