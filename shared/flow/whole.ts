/** Opening an object that no catalogue names to its last byte, and its renditions: what a catalogue row may be made of. */
import { equal, hex } from '../keys/encoding.ts'
import {
  AuthenticationFailed,
  type Chunks,
  type ObjectRef,
  type ObjectVersion,
  type Primitives,
  type RenditionKind,
  type RenditionRow,
  type SealedRef,
} from '../platform/ports.ts'
import { type OpenedObject, openObject } from '../vault/open.ts'
import { generationsBeside, readEnvelope } from './envelopes.ts'
import { RENDITION_NUMBERS } from './rendition-numbers.ts'
import { VAULT_KEYS } from './source.ts'
import { type OpenPorts, storedSource } from './stored.ts'

export interface Whole {
  readonly opened: OpenedObject
  readonly sealed: SealedRef & { readonly envelopeGeneration: number }
}

/** Which newer envelopes lie beside an object. */
export type Generations = (id: string) => Promise<readonly number[]>

export async function digestOf(
  primitives: Primitives,
  stream: Chunks,
): Promise<{ readonly sha256: Uint8Array; readonly length: number }> {
  const hash = primitives.sha256Stream()
  let length = 0
  for await (const part of stream) {
    hash.update(part)
    length += part.length
  }
  return { sha256: hash.digest(), length }
}

/**
 * Opens an object that no catalogue names, with the newest of these envelopes that verifies, or the embedded one. That
 * is all that can be known: an envelope that somebody took away isn't missed.
 * @throws AuthenticationFailed when none verifies; Unavailable
 */
async function openNewest(
  ports: OpenPorts,
  ref: ObjectRef & { readonly size: number },
  id: string,
  generations: readonly number[],
): Promise<{ readonly opened: OpenedObject; readonly generation: number }> {
  const source = storedSource(ports.objects, ref, ref.size)
  const open = async (generation: number, bytes?: Uint8Array) => {
    const expected = { envelope: { generation, ...(bytes && { bytes }) } }
    return { opened: await openObject(ports.primitives, ports.keyring, source, expected), generation }
  }
  for (const generation of [...generations].sort((a, b) => b - a)) {
    const bytes = await readEnvelope(ports.objects, id, generation)
    if (!bytes) continue
    try {
      return await open(generation, bytes)
    } catch (error) {
      if (!(error instanceof AuthenticationFailed)) throw error
    }
  }
  return open(0)
}

/** Opens every chunk, and compares the whole with its own metadata. @throws AuthenticationFailed, Unavailable */
export async function openWhole(
  ports: OpenPorts,
  info: ObjectVersion,
  generations: Generations = (id) => generationsBeside(ports.objects, id),
): Promise<Whole> {
  // Both kinds of key end in the id; whose it is must be compared by the caller.
  const id = info.key.slice(info.key.indexOf('/') + 1)
  const { opened, generation } = await openNewest(ports, info, id, await generations(id))
  const { sha256 } = await digestOf(ports.primitives, opened.stream())
  if (!equal(sha256, opened.metadata.sha256)) throw new AuthenticationFailed()
  const { facts, headDigest } = opened
  return {
    opened,
    sealed: {
      id: hex(facts.objectId),
      versionId: info.versionId,
      size: info.size,
      plaintextLength: facts.plaintextLength,
      headDigest: hex(headDigest),
      envelopeGeneration: generation,
    },
  }
}

export type ListedRendition = NonNullable<OpenedObject['metadata']['renditions']>[number]

/** Undefined when it is missing, doesn't open, or isn't this object's. @throws Unavailable */
export async function renditionOf(
  ports: OpenPorts,
  { facts }: OpenedObject,
  { kind, objectId }: ListedRendition,
  generations?: Generations,
): Promise<RenditionRow | undefined> {
  const info = await ports.objects.head('vault', VAULT_KEYS.rendition(hex(objectId)))
  const name = (Object.keys(RENDITION_NUMBERS) as RenditionKind[]).find((name) => RENDITION_NUMBERS[name] === kind)
  if (!info || !name) return undefined
  try {
    const { opened, sealed } = await openWhole(ports, info, generations)
    const { rendition } = opened.facts
    const belongs =
      rendition?.kind === kind &&
      equal(rendition.parent, facts.objectId) &&
      equal(opened.facts.objectId, objectId) &&
      opened.facts.tier === facts.tier
    return belongs ? { ...sealed, kind: name } : undefined
  } catch (error) {
    if (error instanceof AuthenticationFailed) return undefined
    throw error
  }
}
