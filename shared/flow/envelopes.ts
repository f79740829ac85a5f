/**
 * Envelopes that were made anew: they lie beside their object under `e/<object id>/<generation>`, and the catalogue says
 * which one counts (docs/FORMAT.md section 6.3).
 */
import { ENVELOPE_LIMITS } from '../keys/envelope.ts'
import type { ReadableObjects, SealedRef } from '../platform/ports.ts'
import type { Expectation } from '../vault/open.ts'
import { VAULT_KEYS } from './source.ts'

const KEY = /^e\/([0-9a-f]{32})\/([1-9][0-9]{0,9})$/
/** No object is rewrapped as often, and nobody can make a reader look for longer. */
const MOST_GENERATIONS = 1_000

/** The object that this key's envelope is of, and its generation; undefined for a key of another kind. */
export function envelopeOf(key: string): { readonly id: string; readonly generation: number } | undefined {
  const [, id, generation] = KEY.exec(key) ?? []
  return id === undefined ? undefined : { id, generation: Number(generation) }
}

/** The envelope's bytes; undefined where there is none, or none of a possible size. @throws Unavailable */
export async function readEnvelope(
  objects: ReadableObjects,
  id: string,
  generation: number,
): Promise<Uint8Array | undefined> {
  const info = await objects.head('vault', VAULT_KEYS.envelope(id, generation))
  if (!info || info.size > ENVELOPE_LIMITS.most) return undefined
  const stream = await objects.get(info)
  if (!stream) return undefined
  const bytes = new Uint8Array(info.size)
  let at = 0
  for await (const part of stream) {
    if (part.length > bytes.length - at) return undefined
    bytes.set(part, at)
    at += part.length
  }
  return at === bytes.length ? bytes : undefined
}

/** What a reader expects who has a catalogue row: the object, and exactly this generation of its envelope. */
export async function expectationOf(
  objects: ReadableObjects,
  { id, headDigest }: SealedRef,
  generation: number,
): Promise<Expectation> {
  const bytes = generation === 0 ? undefined : await readEnvelope(objects, id, generation)
  return { objectId: id, headDigest, envelope: { generation, ...(bytes && { bytes }) } }
}

/** Generations from 1 on that lie beside the object, up to the first that doesn't. */
export async function generationsBeside(objects: ReadableObjects, id: string): Promise<readonly number[]> {
  const found: number[] = []
  for (let generation = 1; generation <= MOST_GENERATIONS; generation++) {
    if (!(await objects.head('vault', VAULT_KEYS.envelope(id, generation)))) break
    found.push(generation)
  }
  return found
}
