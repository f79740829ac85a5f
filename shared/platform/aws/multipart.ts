/** A large object into S3 part by part: two parts in memory, one on the wire; aborted whenever it can't be completed. */
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  ChecksumType,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Part } from './parts.ts'

export interface Destination {
  readonly client: S3Client
  readonly Bucket: string
  readonly Key: string
  readonly Metadata: Record<string, string>
  readonly ContentType?: string
  /** Only where the key has no object. */
  readonly ifAbsent: boolean
}

export interface Uploaded {
  readonly versionId: string | undefined
  readonly size: number
}

/** A call that S3 refused, as opposed to a body that failed. */
export class Refusal extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('S3 refused')
    this.reason = reason
  }
}

const MAX_PARTS = 10_000
/** The slowest line that is waited for: 64 KiB/s. */
const SLOWEST_BYTES_PER_MS = 64
const ANSWER_MS = 15_000

/** @throws Refusal, RangeError for more parts than S3 takes, and what the body throws */
export async function uploadParts(to: Destination, first: Part, rest: AsyncIterable<Part>): Promise<Uploaded> {
  const { client, Bucket, Key, Metadata, ContentType } = to
  const created = await refusals(
    client.send(
      new CreateMultipartUploadCommand({
        ...{ Bucket, Key, Metadata },
        ...(ContentType !== undefined && { ContentType }),
        ChecksumAlgorithm: ChecksumAlgorithm.CRC32,
        ChecksumType: ChecksumType.FULL_OBJECT,
      }),
    ),
  )
  const target = { Bucket, Key, UploadId: created.UploadId }
  // Some emulators answer with a checksum of checksums, whatever was asked: each part is compared there, the whole isn't.
  const isWhole = created.ChecksumType === ChecksumType.FULL_OBJECT
  try {
    return await fillAndComplete({ to, target, isWhole }, first, rest)
  } catch (error) {
    // Where this fails too, the bucket's lifecycle ends the upload within days.
    await client.send(new AbortMultipartUploadCommand(target)).catch(() => undefined)
    throw error
  }
}

interface Unfinished {
  readonly to: Destination
  readonly target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined }
  readonly isWhole: boolean
}

async function fillAndComplete(
  { to, target, isWhole }: Unfinished,
  first: Part,
  rest: AsyncIterable<Part>,
): Promise<Uploaded> {
  const done: CompletedPart[] = []
  let size = 0
  let checksum = 0
  let onTheWire: Promise<void> = Promise.resolve()

  function send(bytes: Uint8Array, number: number): Promise<void> {
    const part = { PartNumber: number, ChecksumCRC32: crc32Of(bytes) }
    const command = new UploadPartCommand({ ...target, ...part, Body: bytes })
    const sending = refusals(to.client.send(command, patience(bytes))).then(({ ETag }) => {
      done.push({ ...part, ...(ETag !== undefined && { ETag }) })
    })
    // It is awaited before the next part; until then its failure is nobody's unhandled rejection.
    sending.catch(() => undefined)
    return sending
  }
  async function take({ bytes }: Part): Promise<void> {
    await onTheWire
    if (done.length === MAX_PARTS) throw new RangeError('an object in S3 has at most 10,000 parts')
    size += bytes.length
    checksum = crc32(bytes, checksum)
    onTheWire = send(bytes, done.length + 1)
  }

  try {
    await take(first)
    for await (const part of rest) await take(part)
  } finally {
    // Nothing may be under way when the upload is aborted, or it would stay behind.
    await onTheWire.catch(() => undefined)
  }
  await onTheWire
  const { VersionId } = await refusals(
    to.client.send(
      new CompleteMultipartUploadCommand({
        ...target,
        MultipartUpload: { Parts: done },
        MpuObjectSize: size,
        ...(isWhole && { ChecksumCRC32: base64Of(checksum), ChecksumType: ChecksumType.FULL_OBJECT }),
        ...(to.ifAbsent && { IfNoneMatch: '*' }),
      }),
      // S3 may take minutes to put a large object together.
      { requestTimeout: 300_000 },
    ),
  )
  return { versionId: VersionId, size }
}

export async function refusals<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw new Refusal(error)
  }
}

/** How long a call with this body may take: slow lines are no failure. */
export function patience(bytes: Uint8Array): { readonly requestTimeout: number } {
  return { requestTimeout: ANSWER_MS + bytes.length / SLOWEST_BYTES_PER_MS }
}

/** CRC-32 as S3's headers have it: big-endian, base64. */
export function crc32Of(bytes: Uint8Array): string {
  return base64Of(crc32(bytes))
}

function base64Of(checksum: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(checksum)
  return bytes.toString('base64')
}
