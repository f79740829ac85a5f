/** The local object store, every call of which may be the last one of its process. */
import { type LocalObjects, openObjects as open } from '../../../shared/platform/local/objects.ts'
import type { Chunks } from '../../../shared/platform/ports.ts'
import { boundary, reached } from '../strike.ts'

export { openReadableObjects } from '../../../shared/platform/local/objects.ts'
export type { LocalObjects }

async function* counted(name: string, body: Chunks): Chunks {
  let first = true
  for await (const part of body) {
    yield part
    if (first) reached(`${name} (midway)`)
    first = false
  }
}

/** Envelopes that were made anew lie in the vault beside what they are of. */
const placeOf = (bucket: string, key: string) => (bucket === 'vault' && key.startsWith('e/') ? 'envelope' : bucket)

export function openObjects(...settings: Parameters<typeof open>): LocalObjects {
  const objects = open(...settings)
  return {
    ...objects,
    head: (bucket, key, version) =>
      boundary(`objects.head ${placeOf(bucket, key)}`, () => objects.head(bucket, key, version)),
    get: (ref, range) => boundary(`objects.get ${placeOf(ref.bucket, ref.key)}`, () => objects.get(ref, range)),
    put(bucket, key, body, options) {
      const name = `objects.put ${placeOf(bucket, key)}`
      return boundary(name, () => objects.put(bucket, key, counted(name, body), options))
    },
    erase: (ref) => boundary(`objects.erase ${placeOf(ref.bucket, ref.key)}`, () => objects.erase(ref)),
  }
}
