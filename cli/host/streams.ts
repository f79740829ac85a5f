/** Small streams of the host: bytes in memory as a stream, and a stream that ends in an error when it grows too long. */
import type { Chunks } from '../../shared/platform/ports.ts'

export async function* streamOf(bytes: Uint8Array): Chunks {
  yield bytes
}

/** @throws RangeError `too many bytes` after `most` */
export async function* cutAt(stream: Chunks, most: number): Chunks {
  let length = 0
  for await (const part of stream) {
    length += part.length
    if (length > most) throw new RangeError('too many bytes')
    yield part
  }
}
