/**
 * The byte notation of docs/FORMAT.md section 1: `||`, `u8`, `u32`, `lp`, and a reader that refuses what is too short.
 */
import { AuthenticationFailed } from '../platform/ports.ts'

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function u8(value: number): Uint8Array {
  return Uint8Array.of(value)
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** `lp(x) = u32 len(x) || x` */
export function lp(data: Uint8Array): Uint8Array {
  return concat(u32(data.length), data)
}

const encoder = new TextEncoder()

/** ASCII and UTF-8 text as bytes. */
export function text(value: string): Uint8Array {
  return encoder.encode(value)
}

/** The `"label" 00` of docs/FORMAT.md: the label and one zero byte. */
export function label(name: string): Uint8Array {
  return text(`${name}\0`)
}

export function hex(data: Uint8Array): string {
  let out = ''
  for (const byte of data) out += byte.toString(16).padStart(2, '0')
  return out
}

/** Compares in time that depends on the lengths alone. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** Takes bytes off the front of `data`. Every method throws AuthenticationFailed where too few are left. */
export interface Reader {
  take(length: number): Uint8Array
  u8(): number
  u16(): number
  u32(): number
  lp(least: number, most: number): Uint8Array
  /** How many bytes were taken. */
  offset(): number
  end(): void
}

export function reader(data: Uint8Array): Reader {
  let at = 0
  function take(length: number): Uint8Array {
    if (length > data.length - at) throw new AuthenticationFailed()
    at += length
    return data.subarray(at - length, at)
  }
  function big(length: number): number {
    return take(length).reduce((value, byte) => value * 256 + byte, 0)
  }
  return {
    take,
    u8: () => big(1),
    u16: () => big(2),
    u32: () => big(4),
    lp(least, most) {
      const length = big(4)
      if (length < least || length > most) throw new AuthenticationFailed()
      return take(length)
    },
    offset: () => at,
    end() {
      if (at !== data.length) throw new AuthenticationFailed()
    },
  }
}
