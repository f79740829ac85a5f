/** Small streams of the host: bytes in memory as a stream, and a stream that ends in an error when it grows too long. */
import type { Chunks } from '../../shared/platform/ports.ts'

export async function* streamOf(bytes: Uint8Array): Chunks {
  yield bytes
}

/** More was sent than is taken. */
export class TooManyBytes extends Error {
  override readonly name = 'TooManyBytes'
}

/** @throws TooManyBytes after `most` */
export async function* cutAt(stream: Chunks, most: number): Chunks {
  let length = 0
  for await (const part of stream) {
    length += part.length
    if (length > most) throw new TooManyBytes()
    yield part
  }
}
