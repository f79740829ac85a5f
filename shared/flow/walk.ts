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

/** @returns the last that was looked at, and the next one, which was not; undefined at the end */
async function lookUntil(
  versions: AsyncIterable<ObjectVersion>,
  stops: (at: ObjectVersion, next: ObjectVersion) => boolean,
  look: Look,
): Promise<{ readonly at: ObjectVersion; readonly next: ObjectVersion } | undefined> {
  let at: ObjectVersion | undefined
  for await (const next of versions) {
    if (at !== undefined && stops(at, next)) return { at, next }
    at = next
    await look(next)
  }
  return undefined
}

/** @returns the last place that was looked at, when there are more; undefined at the end */
export async function walk(
  objects: Pick<Objects, 'versions'>,
  bucket: Bucket,
  prefix: string,
  { after, isOver = () => false }: Slice,
  look: Look,
): Promise<Place | undefined> {
  const behind = { ...(after && { afterKey: after.key }), ...(after?.versionId && { afterVersion: after.versionId }) }
  const stopped = await lookUntil(objects.versions(bucket, { prefix, ...behind }), isOver, look)
  if (stopped === undefined) return undefined
  const { key, versionId } = stopped.at
  return stopped.next.key === key ? { key, versionId } : { key }
}

/** For who goes on behind a key and never within one. @returns the last key, looked at with all its versions, as `walk` does */
export async function walkKeys(
  objects: Pick<Objects, 'versions'>,
  bucket: Bucket,
  prefix: string,
  { after, isOver = () => false }: Slice<string>,
  look: Look,
): Promise<string | undefined> {
  const behind = after !== undefined && { afterKey: after }
  const stops = (at: ObjectVersion, next: ObjectVersion) => next.key !== at.key && isOver()
  return (await lookUntil(objects.versions(bucket, { prefix, ...behind }), stops, look))?.at.key
}
