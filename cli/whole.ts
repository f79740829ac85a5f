/** Reading a sealed object to its last byte without keeping any of it: what `verify` does. */
import { equal } from '../shared/keys/encoding.ts'
import { AuthenticationFailed, type Primitives } from '../shared/platform/ports.ts'
import type { OpenedObject } from '../shared/vault/open.ts'

/** @returns how many bytes it has. @throws AuthenticationFailed, Unavailable */
export async function readWhole(
  primitives: Pick<Primitives, 'sha256Stream'>,
  opened: OpenedObject,
  onBytes: (total: number) => void = () => {},
): Promise<number> {
  const hash = primitives.sha256Stream()
  let bytes = 0
  for await (const chunk of opened.stream()) {
    hash.update(chunk)
    bytes += chunk.length
    onBytes(bytes)
  }
  if (!equal(hash.digest(), opened.metadata.sha256)) throw new AuthenticationFailed()
  return bytes
}
