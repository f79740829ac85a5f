/**
 * One object into S3, all or nothing, in bounded memory: a small body by one PutObject, a larger one by multipart, each
 * with CRC32 checksums that S3 compares, and with If-None-Match where the key must be free.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Chunks } from '../ports.ts'
import { atBorder, onAws, statusOf, wasRetried } from './errors.ts'
import { crc32Of, type Destination, patience, Refusal, refusals, type Uploaded, uploadParts } from './multipart.ts'
import { partsOf } from './parts.ts'

/** Metadata that tells our own put from another's, when one try was answered by nobody and the next one by "taken". */
export const PUT_MARK = 'safelight-put'
const STORING = 'storing an object in S3'
const CONFLICTS = 5

/** @returns undefined when `ifAbsent` and the key was taken. @throws Unavailable; what the body throws passes as it is */
export async function upload(given: Destination, body: Chunks, size?: number): Promise<Uploaded | undefined> {
  const mark = randomBytes(12).toString('base64url')
  const to = { ...given, Metadata: { ...given.Metadata, [PUT_MARK]: mark } }
  const parts = partsOf(body, size)
  try {
    const first = await parts.next()
    if (first.done) throw new Error('a body has at least one part')
    if (first.value.isLast) return await putWhole(to, first.value.bytes)
    return await uploadParts(to, first.value, parts)
  } catch (error) {
    if (error instanceof Refusal) return settle(to, mark, error.reason)
    throw error
  } finally {
    await parts.return()
  }
}

async function putWhole({ client, ifAbsent, ...object }: Destination, bytes: Uint8Array): Promise<Uploaded> {
  const command = new PutObjectCommand({
    ...object,
    Body: bytes,
    ChecksumCRC32: crc32Of(bytes),
    ...(ifAbsent && { IfNoneMatch: '*' }),
  })
  for (let tries = 1; ; tries++) {
    try {
      const { VersionId } = await refusals(client.send(command, patience(bytes)))
      return { versionId: VersionId, size: bytes.length }
    } catch (error) {
      const conflicts = error instanceof Refusal && statusOf(error.reason) === 409
      if (!conflicts || tries === CONFLICTS) throw error
      await sleep(2 ** tries * 25 * (1 + Math.random()))
    }
  }
}

/** What a refusal means, once it is known whether an earlier try of this very put had succeeded. */
async function settle(to: Destination, mark: string, reason: unknown): Promise<Uploaded | undefined> {
  const { client, Bucket, Key, ifAbsent } = to
  const status = statusOf(reason)
  const isTaken = ifAbsent && (status === 412 || status === 409)
  if (isTaken && status === 412 && !wasRetried(reason)) return undefined
  // A completion that is asked for again may find its upload gone, because the first answer was lost.
  if (!isTaken && !(status === 404 && wasRetried(reason))) throw atBorder(STORING, reason)
  const found = await onAws(STORING, async () => {
    try {
      return await client.send(new HeadObjectCommand({ Bucket, Key }))
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
  if (found?.Metadata?.[PUT_MARK] === mark) return { versionId: found.VersionId, size: found.ContentLength ?? 0 }
  if (isTaken && found) return undefined
  throw atBorder(STORING, reason)
}
