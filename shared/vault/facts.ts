/** Facts: what anybody may read of an object without keys, immutable (docs/FORMAT.md section 3). */
import { AuthenticationFailed, type KemLevel } from '../platform/ports.ts'
import { decodeCbor, encodeCbor, type Value, type ValueMap } from './cbor.ts'

export const FACTS_LIMIT = 1024
/** 2^38 chunks of 16 KiB, less one byte. */
export const MAX_PLAINTEXT = 2 ** 52 - 1

const KEM_LEVELS: Readonly<Record<number, KemLevel>> = { 1: 768, 2: 1024 }
const CHAOS = 1

export interface Facts {
  /** 1: ML-KEM-768. 2: ML-KEM-1024. */
  readonly suite: number
  /** 16 bytes. */
  readonly objectId: Uint8Array
  /** Seconds since 1970. */
  readonly created: number
  /** 0 public .. 3 restricted. */
  readonly tier: number
  /** Bytes. */
  readonly plaintextLength: number
  /** Transform 01: the chaos permutation. */
  readonly permuted: boolean
  readonly rendition?: { readonly parent: Uint8Array; readonly kind: number }
}

export function suiteOf(level: KemLevel): number {
  return level === 768 ? 1 : 2
}

/** @throws AuthenticationFailed for a suite that doesn't exist */
export function levelOf(suite: number): KemLevel {
  const level = KEM_LEVELS[suite]
  if (!level) throw new AuthenticationFailed()
  return level
}

export function encodeFacts(facts: Facts): Uint8Array {
  const entries: [number, Value][] = [
    [1, facts.suite],
    [2, facts.objectId],
    [3, facts.created],
    [4, facts.tier],
    [5, facts.plaintextLength],
    [6, facts.permuted ? Uint8Array.of(CHAOS) : new Uint8Array(0)],
  ]
  if (facts.rendition) entries.push([7, facts.rendition.parent], [8, facts.rendition.kind])
  return encodeCbor(new Map(entries))
}

export function uintOf(map: ValueMap, key: number, most: number, least = 0): number {
  const value = map.get(key)
  if (typeof value !== 'number' || value < least || value > most) throw new AuthenticationFailed()
  return value
}

export function bytesOf(value: Value | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new AuthenticationFailed()
  return value
}

function permutedOf(value: Value | undefined): boolean {
  if (!(value instanceof Uint8Array) || value.length > 1) throw new AuthenticationFailed()
  if (value.length === 1 && value[0] !== CHAOS) throw new AuthenticationFailed()
  return value.length === 1
}

/** @throws AuthenticationFailed for anything but the canonical encoding of allowed facts */
export function parseFacts(data: Uint8Array): Facts {
  if (data.length > FACTS_LIMIT) throw new AuthenticationFailed()
  const map = decodeCbor(data)
  const isRendition = map.has(7) || map.has(8)
  if (map.size !== (isRendition ? 8 : 6)) throw new AuthenticationFailed()
  const suite = uintOf(map, 1, 2, 1)
  return {
    suite,
    objectId: bytesOf(map.get(2), 16),
    created: uintOf(map, 3, Number.MAX_SAFE_INTEGER),
    tier: uintOf(map, 4, 3),
    plaintextLength: uintOf(map, 5, MAX_PLAINTEXT),
    permuted: permutedOf(map.get(6)),
    ...(isRendition && { rendition: { parent: bytesOf(map.get(7), 16), kind: uintOf(map, 8, 2, 1) } }),
  }
}
