/** Walking a bucket in slices: whoever has only so much time stops between two keys, and goes on there another time. */
import type { Bucket, Objects, ObjectVersion } from '../platform/ports.ts'

export interface Slice {
  /** Goes on behind this key. */
  readonly after?: string | undefined
  /** Asked between two keys; at least one key is looked at in any case. */
  readonly isOver?: (() => boolean) | undefined
}

/** @returns the last key that was looked at with all its versions, when there are more; undefined at the end */
export async function walk(
  objects: Pick<Objects, 'versions'>,
  bucket: Bucket,
  prefix: string,
  { after, isOver = () => false }: Slice,
  look: (info: ObjectVersion) => Promise<void>,
): Promise<string | undefined> {
  let at: string | undefined
  for await (const info of objects.versions(bucket, { prefix, ...(after !== undefined && { afterKey: after }) })) {
    if (at !== undefined && info.key !== at && isOver()) return at
    at = info.key
    await look(info)
  }
  return undefined
}
