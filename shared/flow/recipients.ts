/** Under which keys what lies in the vault says it is sealed: read from clear envelopes without a key, so nothing of it is proven. */
import { parseEnvelope } from '../keys/envelope.ts'
import type { Objects, ObjectVersion, Primitives, ReadableObjects } from '../platform/ports.ts'
import { levelOf } from '../vault/facts.ts'
import { readHead } from '../vault/open.ts'
import { envelopeInUse } from '../vault/rewrap.ts'
import { expectationOf, generationsBeside, readEnvelope } from './envelopes.ts'
import type { Named } from './rewrap.ts'
import { VAULT_KEYS } from './source.ts'
import { storedSource } from './stored.ts'

export interface RecipientPorts {
  readonly primitives: Primitives
  readonly objects: ReadableObjects
}

export interface RecipientIds {
  readonly kemKeyId: string
  readonly kmsKeyId: string
}

/** Of the envelope that the catalogue names. @throws AuthenticationFailed when its form is wrong; Unavailable */
export async function recipientsOf(
  { primitives, objects }: RecipientPorts,
  { key, ref }: Omit<Named, 'objectId'>,
): Promise<readonly RecipientIds[]> {
  const source = storedSource(objects, { bucket: 'vault', key, versionId: ref.versionId }, ref.size)
  const expected = await expectationOf(objects, ref, ref.envelopeGeneration)
  return (await envelopeInUse(primitives, source, expected)).envelope.records
}

/** Of the embedded envelope and all beside it, as whoever has no catalogue would try them. @throws as `recipientsOf` */
export async function recipientsOfAny(
  { primitives, objects }: RecipientPorts,
  info: ObjectVersion,
): Promise<readonly RecipientIds[]> {
  const id = info.key.slice(VAULT_KEYS.object('').length)
  const { header } = await readHead(primitives, storedSource(objects, info, info.size))
  const found: RecipientIds[] = [...header.envelope.records]
  for (const generation of await generationsBeside(objects, id)) {
    const bytes = await readEnvelope(objects, id, generation)
    if (bytes) found.push(...parseEnvelope(bytes, levelOf(header.facts.suite)).records)
  }
  return found
}

/** Every object in the vault, whether the catalogue lists it or not. */
export function sealedObjects(objects: Pick<Objects, 'versions'>): AsyncIterable<ObjectVersion> {
  return objects.versions('vault', { prefix: VAULT_KEYS.object('') })
}
