/** The unit of work, one version of one intake key, and how the catalogue knows it without knowing its name. */
import { concat, hex, label, lp, text } from '../keys/encoding.ts'
import type { ObjectRef, Primitives } from '../platform/ports.ts'
import type { Source } from '../vault/metadata.ts'

/** What an event says has arrived. */
export interface Arrival {
  readonly ref: ObjectRef
  /** S3's sequencer: which of two versions of a key is the newer. */
  readonly sequencer: string
  /** How often looking at it ended the process that looked. */
  readonly deaths: number
  /** Who uploaded, where the event says so: its word is the store's own, and beats what the client wrote beside the file. */
  readonly uploader?: string
}

/** Metadata keys under which an uploader tells what the object store has no field for. */
export const UPLOAD = { fileName: 'filename', uploader: 'uploader' } as const

export const VAULT_KEYS = {
  object: (id: string) => `o/${id}`,
  rendition: (id: string) => `r/${id}`,
  /** Of an object or a rendition, by its id. */
  envelope: (id: string, generation: number) => `e/${id}/${generation}`,
  /** What all envelopes' keys begin with, or those of one id. */
  envelopes: (id?: string) => (id === undefined ? 'e/' : `e/${id}/`),
  /** Of an erased object: by its id, and by its upload's HMAC. */
  tombstone: (of: string) => `t/${of}`,
} as const

export function sourceOf({ ref, sequencer }: Arrival): Source {
  return { bucket: ref.bucket, key: ref.key, version: ref.versionId, sequencer }
}

/** What our own clients upload under. */
const RANDOM_KEY = /^[0-9a-f]{32}$/

/**
 * The id under which an upload's steps are told. Where others choose the keys those may name people, so they are hashed.
 * SEAL and VERIFY share no key, so it is no MAC; what keeps a list of names from being tried is S3's version id, which is
 * random, and known only to who may list the bucket.
 */
export function uploadIdOf(
  primitives: Pick<Primitives, 'sha256'>,
  source: Pick<Source, 'bucket' | 'key' | 'version'>,
): string {
  return RANDOM_KEY.test(source.key) ? source.key : versionIdOf(primitives, source)
}

/** The same for one version alone, also where uploads under one random key have several. */
export function versionIdOf(
  primitives: Pick<Primitives, 'sha256'>,
  { bucket, key, version }: Pick<Source, 'bucket' | 'key' | 'version'>,
): string {
  const parts = [bucket, key, version].map((part) => lp(text(part)))
  return hex(primitives.sha256(label('safelight/v1/upload'), ...parts).subarray(0, 16))
}

/** HMACs (hex) under the deployment's index key: of the version, which names the unit of work, and of the name alone. */
export function indexOf(
  primitives: Pick<Primitives, 'hmacSha256'>,
  indexKey: Uint8Array,
  source: Pick<Source, 'bucket' | 'key' | 'version'>,
): { source: string; name: string } {
  const name = concat(lp(text(source.bucket)), lp(text(source.key)))
  return {
    source: hex(primitives.hmacSha256(indexKey, label('safelight/v1/source'), name, lp(text(source.version)))),
    name: hex(primitives.hmacSha256(indexKey, label('safelight/v1/name'), name)),
  }
}
