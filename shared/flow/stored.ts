/** Opening what the vault holds, by catalogue row: the object that stands there must be the one that was committed. */
import type { Keyring } from '../keys/wrap.ts'
import {
  ObjectMissing,
  type ObjectRef,
  type Primitives,
  type ReadableObjects,
  type SealedRef,
} from '../platform/ports.ts'
import { type OpenedObject, openObject, type SealedSource } from '../vault/open.ts'
import { expectationOf } from './envelopes.ts'

export interface OpenPorts {
  readonly primitives: Primitives
  readonly objects: ReadableObjects
  readonly keyring: Keyring
}

/** A stored object as something to read ranges of. */
export function storedSource(objects: ReadableObjects, ref: ObjectRef, size: number): SealedSource {
  return {
    size,
    async read(range) {
      const stream = await objects.get(ref, range)
      if (!stream) throw new ObjectMissing()
      return stream
    },
  }
}

/**
 * Opens by catalogue row: the object that stands there must be the one that was committed, under the envelope that the
 * row names. @throws AuthenticationFailed when another object, or a changed one, stands in its place; Unavailable
 */
export async function openStored(
  ports: OpenPorts,
  key: string,
  row: SealedRef,
  /** Of the row's envelope; 0 is the one that the object carries itself. */
  generation: number,
): Promise<OpenedObject> {
  const source = storedSource(ports.objects, { bucket: 'vault', key, versionId: row.versionId }, row.size)
  const expected = await expectationOf(ports.objects, row, generation)
  return openObject(ports.primitives, ports.keyring, source, expected)
}
