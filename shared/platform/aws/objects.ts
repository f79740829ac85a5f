/**
 * The Objects port on S3: versioned buckets, put-if-absent by If-None-Match, exact ranges, erasure of one version.
 *
 * A key that was deleted without a version keeps its older versions and a delete marker; markers are no objects here, and
 * nothing here makes one.
 */
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type ObjectVersion as ListedVersion,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { checkMetadata, checkS3Key } from '../objectRules.ts'
import type { Bucket, ByteRange, ObjectInfo, Objects, ObjectVersion, ReadableObjects } from '../ports.ts'
import { Locked, UNVERSIONED, Unavailable } from '../ports.ts'
import { codeOf, onAws, statusOf } from './errors.ts'
import { decodeMetadata, encodeMetadata } from './metadata.ts'
import { type AwsSettings, clientConfig } from './settings.ts'
import { rangeOfAnswer, sizeOf, streamOf } from './stream.ts'
import { PUT_MARK, upload } from './upload.ts'
import { keepsVersions } from './versioning.ts'

/** What a bucket is called in AWS; a role that is given one of them reaches no other. */
export type BucketNames = Readonly<Partial<Record<Bucket, string>>>

const READING = 'reading an object in S3'
/** What S3 says of a version id that none of its own looks like. */
const NO_VERSION = new Set(['InvalidArgument', 'NoSuchVersion'])
/** What S3 fills in where an uploader said nothing. */
const UNSAID_TYPES = new Set(['binary/octet-stream', 'application/octet-stream'])
const CONTENT_TYPE = 'content-type'

interface Store {
  readonly client: S3Client
  nameOf(bucket: Bucket): string
}

export interface Erasing {
  /** Also what Object Lock keeps: for whoever erases by order, in a bucket that has such a lock. */
  readonly bypassLock?: boolean
}

/** @throws Unavailable, from every call */
export function openS3Objects(
  buckets: BucketNames,
  settings: AwsSettings = {},
  { bypassLock = false }: Erasing = {},
): Objects {
  const store = openStore(buckets, settings)
  const { client, nameOf } = store

  /** S3 looks at nothing but the latest version when it is to erase on a condition. One that isn't can't be put there anew. */
  async function isLatest(bucket: Bucket, Key: string, versionId: string): Promise<boolean> {
    try {
      const { VersionId = UNVERSIONED } = await client.send(new HeadObjectCommand({ Bucket: nameOf(bucket), Key }))
      return VersionId === versionId
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  return {
    ...readable(store),

    async put(bucket, key, body, { ifAbsent = false, metadata = {}, size } = {}) {
      checkS3Key(bucket, key)
      checkMetadata(metadata)
      const type = metadata[CONTENT_TYPE]
      const to = {
        ...{ client, Bucket: nameOf(bucket), Key: key, Metadata: encodeMetadata(metadata), ifAbsent },
        ...(type !== undefined && /^[\x21-\x7e]+$/.test(type) && { ContentType: type }),
      }
      const done = await upload(to, body, size)
      if (done?.versionId === undefined) {
        if (done) throw new Unavailable('the bucket keeps no versions; turn versioning on, as the stack does')
        return undefined
      }
      return {
        bucket,
        key,
        versionId: done.versionId,
        size: done.size,
        modified: Date.now(),
        metadata: { ...metadata },
      }
    },

    async *versions(bucket, { prefix = '', afterKey, afterVersion } = {}) {
      const listing = { Bucket: nameOf(bucket), Prefix: prefix, EncodingType: 'url' } as const
      let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined =
        afterKey === undefined
          ? {}
          : { KeyMarker: afterKey, ...(afterVersion !== undefined && { VersionIdMarker: afterVersion }) }
      while (marker) {
        const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({ ...listing, ...marker })
        const page = await onAws('listing objects in S3', () => client.send(command))
        const decode = page.EncodingType === 'url' ? urlDecoded : (text: string) => text
        for (const listed of page.Versions ?? []) yield versionOf(bucket, listed, decode)
        const { NextKeyMarker, NextVersionIdMarker } = page
        marker = page.IsTruncated
          ? {
              ...(NextKeyMarker !== undefined && { KeyMarker: decode(NextKeyMarker) }),
              ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }),
            }
          : undefined
      }
    },

    async erase({ bucket, key, versionId, unversioned }) {
      checkS3Key(bucket, key)
      // Without a version, S3 would lay a delete marker over everything instead.
      if (versionId === '') return
      // Said by nobody else: without the permission S3 refuses even what no lock keeps.
      const bypass = bypassLock && { BypassGovernanceRetention: true }
      const target = { Bucket: nameOf(bucket), Key: key, VersionId: versionId, ...bypass }
      await onAws('erasing an object in S3', async () => {
        const isNow = unversioned && (await isLatest(bucket, key, versionId))
        try {
          await client.send(new DeleteObjectCommand({ ...target, ...(isNow && { IfMatch: unversioned.tag }) }))
        } catch (error) {
          if (isHeld(error)) throw new Locked(await heldUntil(client, target))
          if (isNow && [404, 412].includes(statusOf(error) ?? 0)) throw new Unavailable('another upload took its place')
          if (!NO_VERSION.has(codeOf(error))) throw error
        }
      })
    },
  }
}

/** Nothing but its message tells it from a permission that is missing. */
function isHeld(error: unknown): boolean {
  return codeOf(error) === 'AccessDenied' && error instanceof Error && /object lock/i.test(error.message)
}

/** Where it may not be asked, it is not known. */
async function heldUntil(client: S3Client, { Bucket, Key, VersionId }: DeleteObjectCommandInput) {
  try {
    const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }))
    return Retention?.RetainUntilDate?.getTime()
  } catch {
    return undefined
  }
}

/** The half that opening and sealing hold. @throws Unavailable, from every call */
export function openReadableS3Objects(buckets: BucketNames, settings: AwsSettings = {}): ReadableObjects {
  return readable(openStore(buckets, settings))
}

function openStore(buckets: BucketNames, settings: AwsSettings): Store {
  const endpoint = settings.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL
  // An emulator has no name of its own for each bucket.
  const forcePathStyle = endpoint !== undefined && !new URL(endpoint).hostname.endsWith('.amazonaws.com')
  return {
    client: new S3Client({ ...clientConfig(settings), forcePathStyle }),
    nameOf(bucket) {
      const name = buckets[bucket]
      if (name === undefined) throw new Error(`no ${bucket} bucket was given here`)
      return name
    },
  }
}

function readable({ client, nameOf }: Store): ReadableObjects {
  /** HEAD answers have no body to say what was wrong; a GET of one byte has. */
  async function isNoVersion(Bucket: string, Key: string, VersionId: string): Promise<boolean> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId, Range: 'bytes=0-0' }))
      await Body?.transformToByteArray()
      return false
    } catch (error) {
      return isGone(error) || NO_VERSION.has(codeOf(error))
    }
  }

  return {
    async head(bucket, key, versionId) {
      checkS3Key(bucket, key)
      const Bucket = nameOf(bucket)
      if (versionId === '') return undefined
      const version = versionId === undefined ? {} : { VersionId: versionId }
      return onAws(READING, async () => {
        try {
          const found = await client.send(new HeadObjectCommand({ Bucket, Key: key, ...version }))
          const { VersionId = UNVERSIONED, ETag: tag = '' } = found
          const info = infoOf(bucket, key, found)
          // The vault's keys are never written twice.
          if (VersionId !== UNVERSIONED || bucket !== 'intake') return info
          return { ...info, unversioned: { tag, replaceable: !(await keepsVersions(client, Bucket)) } }
        } catch (error) {
          if (isGone(error)) return undefined
          if (statusOf(error) === 400 && versionId !== undefined && (await isNoVersion(Bucket, key, versionId))) {
            return undefined
          }
          throw error
        }
      })
    },

    async get({ bucket, key, versionId }, range) {
      checkS3Key(bucket, key)
      const Bucket = nameOf(bucket)
      if (versionId === '') return undefined
      const command = new GetObjectCommand({ Bucket, Key: key, VersionId: versionId, ...rangeOf(range) })
      const found = await onAws(READING, async () => {
        try {
          return await client.send(command)
        } catch (error) {
          if (codeOf(error) === 'InvalidRange' || statusOf(error) === 416) throw outOfRange()
          if (isGone(error) || NO_VERSION.has(codeOf(error))) return undefined
          throw error
        }
      })
      if (found === undefined || range === undefined) return found && streamOf(found)
      if (range.first >= sizeOf(found)) {
        if (found.Body instanceof Readable) found.Body.destroy()
        throw outOfRange()
      }
      return rangeOfAnswer(found, range)
    },
  }
}

/** Not there, or a delete marker (405). A missing bucket is no missing object. */
function isGone(error: unknown): boolean {
  const status = statusOf(error)
  return (status === 404 && codeOf(error) !== 'NoSuchBucket') || status === 405
}

function rangeOf(range: ByteRange | undefined): { Range?: string } {
  if (range === undefined) return {}
  const { first, last } = range
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first) throw outOfRange()
  return { Range: `bytes=${first}-${last}` }
}

function outOfRange(): RangeError {
  return new RangeError('a byte range is 0 <= first <= last and starts inside the object')
}

function infoOf(bucket: Bucket, key: string, found: HeadObjectCommandOutput): ObjectInfo {
  const { [PUT_MARK]: _, ...said } = decodeMetadata(found.Metadata ?? {})
  const type = found.ContentType
  const metadata = type === undefined || UNSAID_TYPES.has(type) ? said : { [CONTENT_TYPE]: type, ...said }
  const { VersionId: versionId = UNVERSIONED, ContentLength: size = 0, LastModified } = found
  return { bucket, key, versionId, size, modified: LastModified?.getTime() ?? 0, metadata }
}

function versionOf(bucket: Bucket, listed: ListedVersion, decode: (text: string) => string): ObjectVersion {
  const { Key = '', VersionId: versionId = UNVERSIONED, Size: size = 0, LastModified } = listed
  return { bucket, key: decode(Key), versionId, size, modified: LastModified?.getTime() ?? 0 }
}

/** XML can't hold every character of a key, so S3 is asked to spell them as forms do. */
function urlDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
