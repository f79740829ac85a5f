/** What the two halves of a pair that only calls AWS tell each other: a head of as many bytes as verifying reads first. */
import { hex } from '../../../shared/keys/encoding.ts'
import { nodePrimitives } from '../../../shared/platform/crypto.ts'
import type { Chunks, EncryptionContext, KeyService } from '../../../shared/platform/ports.ts'

/** Sizes in the vault, bytes, of what a picture becomes. */
export interface Sizes {
  readonly object: number
  readonly renditions: readonly number[]
}

export interface Head {
  readonly keyId: string
  readonly blob: string
  readonly source?: { readonly key: string; readonly version: string; readonly sequencer: string }
  readonly renditions?: readonly string[]
}

/** As of an object's own head; what is behind it is read by a second request. */
export const HEAD = 2_048
/** What opening reads first. */
export const FIRST_READ = 16_384
export const CONTEXT: EncryptionContext = { purpose: 'benchmark' }

export const newId = (): string => hex(nodePrimitives.random(16))

export async function headOf(keys: Pick<KeyService, 'generateDataKey'>, more: Omit<Head, 'keyId' | 'blob'>) {
  const { keyId, blob } = await keys.generateDataKey(CONTEXT)
  const text = JSON.stringify({ keyId, blob: Buffer.from(blob).toString('base64'), ...more } satisfies Head)
  if (text.length > HEAD) throw new RangeError('the head is too small')
  return Buffer.from(text.padEnd(HEAD))
}

/** The head, then as much of the plaintext as there is, then nothing but zeros. */
export async function* bodyOf(head: Uint8Array, plaintext: Chunks | undefined, size: number): Chunks {
  yield head
  let left = size - head.length
  for await (const part of plaintext ?? []) {
    const taken = part.subarray(0, left)
    left -= taken.length
    if (taken.length > 0) yield taken
  }
  if (left > 0) yield new Uint8Array(left)
}

export async function drain(stream: Chunks | undefined): Promise<number> {
  let length = 0
  for await (const part of stream ?? []) length += part.length
  return length
}
