/**
 * Deterministic CBOR (RFC 8949 section 4.2.1), strict on the way in: what doesn't encode again to the same bytes is refused,
 * whatever a lenient decoder would make of it (docs/FORMAT.md section 3).
 */
import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import { equal } from '../keys/encoding.ts'
import { AuthenticationFailed } from '../platform/ports.ts'

/** What our maps hold. */
export type Value = number | string | Uint8Array | readonly Value[] | ValueMap
export type ValueMap = ReadonlyMap<number, Value>

const STRICT = {
  useMaps: true,
  strict: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
} as const
const MAX_DEPTH = 4

export function encodeCbor(value: Value): Uint8Array {
  return encode(value, rfc8949EncodeOptions)
}

function isValue(value: unknown, depth: number): value is Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0
  if (typeof value === 'string' || value instanceof Uint8Array) return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => isValue(item, depth + 1))
  if (!(value instanceof Map)) return false
  for (const [key, item] of value) if (!Number.isSafeInteger(key) || key < 0 || !isValue(item, depth + 1)) return false
  return true
}

/** One map with unsigned integer keys. @throws AuthenticationFailed */
export function decodeCbor(data: Uint8Array): ValueMap {
  let value: unknown
  try {
    value = decode(data, STRICT)
  } catch {
    // Also where nesting without end met the end of the stack.
    throw new AuthenticationFailed()
  }
  if (!(value instanceof Map) || !isValue(value, 0)) throw new AuthenticationFailed()
  if (!equal(encodeCbor(value), data)) throw new AuthenticationFailed()
  return value
}
