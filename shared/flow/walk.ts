/**
 * Walking a bucket in slices: whoever has only so much time stops between two versions, and goes on there another time. Also
 * within one key: an uploader can give it more versions than any slice has time for.
 */
import type { Bucket, Objects, ObjectVersion } from '../platform/ports.ts'

/** Behind this version of the key, or behind all of them where none is named. */
export interface Place {
  readonly key: string
  readonly versionId?: string | undefined
}

export interface Slice<At = Place> {
  /** Goes on behind it. */
  readonly after?: At | undefined
  /** Asked between two of what is looked at; one is in any case. */
  readonly isOver?: (() => boolean) | undefined
}

type Look = (info: ObjectVersion) => Promise<void>

/** @returns the last place that was looked at, when there are more; undefined at the end */
export async function walk(
  objects: Pick<Objects, 'versions'>,
  bucket: Bucket,
  prefix: string,
  { after, isOver = () => false }: Slice,
  look: Look,
): Promise<Place | undefined> {
  let at: ObjectVersion | undefined
  const behind = { ...(after && { afterKey: after.key }), ...(after?.versionId && { afterVersion: after.versionId }) }
  for await (const info of objects.versions(bucket, { prefix, ...behind })) {
    if (at !== undefined && isOver()) {
      return info.key === at.key ? { key: at.key, versionId: at.versionId } : { key: at.key }
    }
    at = info
    await look(info)
  }
  return undefined
}

/** For who goes on behind a key and never within one. @returns the last key, looked at with all its versions, as `walk` does */
export async function walkKeys(
  objects: Pick<Objects, 'versions'>,
  bucket: Bucket,
  prefix: string,
  { after, isOver = () => false }: Slice<string>,
  look: Look,
): Promise<string | undefined> {
  let at: string | undefined
  for await (const info of objects.versions(bucket, { prefix, ...(after !== undefined && { afterKey: after }) })) {
    if (at !== undefined && info.key !== at && isOver()) return at
    at = info.key
    await look(info)
  }
  return undefined
}
