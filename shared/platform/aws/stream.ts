/** An answer of S3 as pieces of bounded size: whole or an error, never silently short, and left without a socket behind. */
import { Readable } from 'node:stream'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { type ByteRange, type Chunks, Unavailable } from '../ports.ts'
import { atBorder } from './errors.ts'

const PIECE = 1 << 20
/** How long the next piece is waited for. A slow reader's own time doesn't count. */
const SILENCE_MS = 30_000

/** Compares the checksum that S3 sent along with a whole object (the SDK does), and the length always. */
export async function* streamOf({ Body, ContentLength }: GetObjectCommandOutput, silenceMs = SILENCE_MS): Chunks {
  if (!(Body instanceof Readable)) throw new Error('S3 answered without a stream')
  const pieces: AsyncIterator<unknown> = Body[Symbol.asyncIterator]()
  let received = 0
  try {
    for (;;) {
      const { done, value } = await soon(pieces.next(), silenceMs)
      if (done) break
      if (!(value instanceof Uint8Array)) throw new Error('S3 answered with something other than bytes')
      received += value.length
      for (let at = 0; at < value.length; at += PIECE) yield value.subarray(at, at + PIECE)
    }
    if (received !== (ContentLength ?? received)) throw new Unavailable('an answer of S3 was cut short')
  } catch (error) {
    throw atBorder('receiving an object from S3', error)
  } finally {
    Body.destroy()
  }
}

/** Of the whole object, whatever part of it this answer is. */
export function sizeOf({ ContentRange, ContentLength = 0 }: GetObjectCommandOutput): number {
  return ContentRange === undefined ? ContentLength : Number(/\/(\d+)$/.exec(ContentRange)?.[1])
}

/** HTTP lets a server ignore a range and answer with everything (RFC 9110 section 14.2), and some emulators do. */
export async function* rangeOfAnswer(found: GetObjectCommandOutput, { first, last }: ByteRange): Chunks {
  const start = found.ContentRange === undefined ? 0 : Number(/^bytes (\d+)-/.exec(found.ContentRange)?.[1])
  if (!(start <= first)) throw new Unavailable('S3 answered with another range than was asked for')
  let at = start
  for await (const piece of streamOf(found)) {
    const wanted = piece.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at))
    at += piece.length
    if (wanted.length > 0) yield wanted
    // An answer that is exactly the range is read to its end, so that its connection serves again.
    if (found.ContentRange === undefined && at > last) return
  }
}

async function soon<T>(next: Promise<T>, silenceMs: number): Promise<T> {
  const silence = Promise.withResolvers<never>()
  const timer = setTimeout(() => silence.reject(new Unavailable('S3 fell silent within an answer')), silenceMs)
  try {
    return await Promise.race([next, silence.promise])
  } finally {
    clearTimeout(timer)
  }
}
