/** A body of lent chunks as parts that are ours to keep until S3 has them: all but the last of one size. */
import type { Chunks } from '../ports.ts'

/** 8 MiB: 10,000 of them are 78 GiB, and two in memory are what a small Lambda can spare. */
export const PART_BYTES = 8 * 1024 * 1024
const FIRST_BYTES = 64 * 1024

export interface Part {
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

/** At least one part, which is empty for an empty body. @throws RangeError when the body isn't of the announced `size` */
export async function* partsOf(body: Chunks, size?: number, partBytes = PART_BYTES): AsyncGenerator<Part, void> {
  let part = new Uint8Array(Math.min(size ?? FIRST_BYTES, partBytes))
  let filled = 0
  let total = 0
  for await (const chunk of body) {
    total += chunk.length
    if (total > (size ?? total)) throw wrongSize()
    for (let at = 0; at < chunk.length; ) {
      if (filled === partBytes) {
        yield { bytes: part, isLast: false }
        part = new Uint8Array(partBytes)
        filled = 0
      }
      const taken = chunk.subarray(at, at + partBytes - filled)
      if (filled + taken.length > part.length) part = grown(part, filled + taken.length, partBytes)
      part.set(taken, filled)
      filled += taken.length
      at += taken.length
    }
  }
  if (total !== (size ?? total)) throw wrongSize()
  yield { bytes: part.subarray(0, filled), isLast: true }
}

function grown(part: Uint8Array, atLeast: number, atMost: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(Math.max(atLeast, part.length * 2), atMost))
  larger.set(part)
  return larger
}

function wrongSize(): RangeError {
  return new RangeError('the body is not of the size that was announced')
}
