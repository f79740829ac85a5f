/**
 * Sealed metadata: what only a key holder may read, names and findings above all, because what an image shows is itself
 * sensitive (docs/FORMAT.md section 5). Padded so that its length says little.
 */
import { type Chaos, validChaos } from '../chaos/permutation.ts'
import { concat, text, u32 } from '../keys/encoding.ts'
import { AuthenticationFailed } from '../platform/ports.ts'
import { decodeCbor, encodeCbor, type Value, type ValueMap } from './cbor.ts'
import { bytesOf, uintOf } from './facts.ts'

export const PAD = 4096
export const MAX_META = 15 * PAD
const MAX_UINT32 = 2 ** 32 - 1
const TEN_THOUSAND = 10_000

/** Scores and boxes in ten-thousandths: no floats in the format. */
export interface SealedDetection {
  readonly kind: string
  readonly score: number
  /** x, y, width, height in ten-thousandths of the picture. */
  readonly box?: readonly [number, number, number, number]
}

export interface Source {
  readonly bucket: string
  readonly key: string
  readonly version: string
  readonly sequencer: string
}

export interface Metadata {
  /** 32 fresh random bytes. */
  readonly random: Uint8Array
  /** SHA-256 of the plaintext. */
  readonly sha256: Uint8Array
  readonly mediaType: string
  readonly fileName?: string
  readonly dimensions?: { readonly width: number; readonly height: number }
  readonly detections?: readonly SealedDetection[]
  readonly featureDigest?: Uint8Array
  readonly uploader?: string
  readonly source?: Source
  readonly chaos?: Chaos
  /** Ten-thousandths. */
  readonly score?: number
  readonly models?: readonly string[]
  readonly renditions?: readonly { readonly kind: number; readonly objectId: Uint8Array }[]
  readonly reasons?: readonly string[]
}

const encoder = new TextEncoder()

/** Well-formed, without a leading byte order mark, at most `most` bytes of UTF-8: what strict readers accept of any name. */
export function sealableText(value: string, most: number): string {
  let out = ''
  let length = 0
  for (const character of value.toWellFormed().replace(/^\uFEFF+/, '')) {
    length += encoder.encode(character).length
    if (length > most) break
    out += character
  }
  return out
}

function detectionValue(detection: SealedDetection): ValueMap {
  const entries: [number, Value][] = [
    [1, detection.kind],
    [2, detection.score],
  ]
  if (detection.box) entries.push([3, detection.box])
  return new Map(entries)
}

/** The padded plaintext of the metadata. @throws RangeError when it doesn't fit into 60 KiB */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  const { dimensions, source, chaos } = metadata
  const entries: [number, Value | undefined][] = [
    [1, metadata.random],
    [2, metadata.sha256],
    [3, metadata.mediaType],
    [4, metadata.fileName],
    [5, dimensions?.width],
    [6, dimensions?.height],
    [7, metadata.detections?.map(detectionValue)],
    [8, metadata.featureDigest],
    [9, metadata.uploader],
    [10, source && [source.bucket, escapedKey(source.key), source.version, source.sequencer]],
    [11, chaos && new Map<number, Value>([[1, chaos.map], [2, chaos.parameters]])], // biome-ignore format: a pair a line says less
    [12, metadata.score],
    [13, metadata.models],
    [14, metadata.renditions?.map(({ kind, objectId }) => [kind, objectId])],
    [15, metadata.reasons],
  ]
  const present = entries.filter((entry): entry is [number, Value] => entry[1] !== undefined)
  const cbor = encodeCbor(new Map(present))
  const length = Math.ceil((4 + cbor.length) / PAD) * PAD
  if (length > MAX_META) throw new RangeError('metadata is longer than 60 KiB')
  return concat(u32(cbor.length), cbor, new Uint8Array(length - 4 - cbor.length))
}

function textOf(value: Value | undefined, least: number, most: number): string {
  if (typeof value !== 'string') throw new AuthenticationFailed()
  const { length } = text(value)
  if (length < least || length > most) throw new AuthenticationFailed()
  return value
}

function listOf(value: Value | undefined, most: number): readonly Value[] {
  if (!Array.isArray(value) || value.length > most) throw new AuthenticationFailed()
  return value
}

function tuple(value: Value, length: number): readonly Value[] {
  if (!Array.isArray(value) || value.length !== length) throw new AuthenticationFailed()
  return value
}

function uint(value: Value | undefined, most: number, least = 0): number {
  if (typeof value !== 'number' || value < least || value > most) throw new AuthenticationFailed()
  return value
}

function mapOf(value: Value | undefined): ValueMap {
  if (!(value instanceof Map)) throw new AuthenticationFailed()
  return value
}

function detectionOf(value: Value): SealedDetection {
  const map = mapOf(value)
  const boxed = map.has(3)
  if (map.size !== (boxed ? 3 : 2)) throw new AuthenticationFailed()
  const detection = { kind: textOf(map.get(1), 1, 32), score: uintOf(map, 2, TEN_THOUSAND) }
  if (!boxed) return detection
  const [x, y, width, height] = tuple(map.get(3) ?? [], 4).map((item) => uint(item, TEN_THOUSAND))
  return { ...detection, box: [x ?? 0, y ?? 0, width ?? 0, height ?? 0] }
}

/** No text of the format begins with a byte order mark, and a key of S3 may: a zero goes before it (docs/FORMAT.md section 5). */
function escapedKey(key: string): string {
  return /^\0*\uFEFF/.test(key) ? `\0${key}` : key
}

function unescapedKey(key: string): string {
  return /^\0+\uFEFF/.test(key) ? key.slice(1) : key
}

function sourceOf(value: Value): Source {
  const [bucket = '', key = '', version = '', sequencer = ''] = tuple(value, 4).map((item) => textOf(item, 0, 2048))
  return { bucket, key: unescapedKey(key), version, sequencer }
}

function chaosOf(value: Value): Chaos {
  const map = mapOf(value)
  if (map.size !== 2) throw new AuthenticationFailed()
  const parameters = listOf(map.get(2), 16).map((item) => uint(item, MAX_UINT32))
  const chaos = { map: uintOf(map, 1, Number.MAX_SAFE_INTEGER), parameters }
  if (!validChaos(chaos)) throw new AuthenticationFailed()
  return chaos
}

function renditionsOf(value: Value): NonNullable<Metadata['renditions']> {
  const renditions = listOf(value, 8).map((item) => {
    const [kind, objectId] = tuple(item, 2)
    return { kind: uint(kind, 2, 1), objectId: bytesOf(objectId, 16) }
  })
  if (new Set(renditions.map(({ kind }) => kind)).size !== renditions.length) throw new AuthenticationFailed()
  return renditions
}

function unpad(meta: Uint8Array): Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0] = meta
  const length = ((a * 256 + b) * 256 + c) * 256 + d
  if (meta.length !== Math.ceil((4 + length) / PAD) * PAD || meta.length > MAX_META) throw new AuthenticationFailed()
  if (meta.subarray(4 + length).some((byte) => byte !== 0)) throw new AuthenticationFailed()
  return meta.subarray(4, 4 + length)
}

/** @throws AuthenticationFailed for anything but the canonical encoding of allowed metadata, minimally padded with zeros */
export function parseMetadata(meta: Uint8Array): Metadata {
  const map = decodeCbor(unpad(meta))
  for (const key of map.keys()) if (key < 1 || key > 15) throw new AuthenticationFailed()
  function optional<T>(key: number, parse: (value: Value) => T): T | undefined {
    const value = map.get(key)
    return value === undefined ? undefined : parse(value)
  }
  if (map.has(5) !== map.has(6)) throw new AuthenticationFailed()
  const parsed = {
    random: bytesOf(map.get(1), 32),
    sha256: bytesOf(map.get(2), 32),
    mediaType: textOf(map.get(3), 1, 255),
    fileName: optional(4, (value) => textOf(value, 1, 1024)),
    dimensions: optional(5, (width) => ({
      width: uint(width, MAX_UINT32, 1),
      height: uintOf(map, 6, MAX_UINT32, 1),
    })),
    detections: optional(7, (value) => listOf(value, 256).map(detectionOf)),
    featureDigest: optional(8, (value) => bytesOf(value, 32)),
    uploader: optional(9, (value) => textOf(value, 1, 1024)),
    source: optional(10, sourceOf),
    chaos: optional(11, chaosOf),
    score: optional(12, (value) => uint(value, TEN_THOUSAND)),
    models: optional(13, (value) => listOf(value, 32).map((item) => textOf(item, 1, 128))),
    renditions: optional(14, renditionsOf),
    reasons: optional(15, (value) => listOf(value, 64).map((item) => textOf(item, 1, 256))),
  }
  return withoutUndefined(parsed)
}

// An absent optional is absent, so that what was parsed encodes again to the same bytes.
function withoutUndefined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
