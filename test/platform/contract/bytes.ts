/** Streams for the contract tests: bodies of known bytes, bodies that fail, and bodies that wait for each other. */
import type { Chunks, ObjectVersion } from '../../../shared/platform/ports.ts'

export async function* chunksOf(bytes: Uint8Array, size = 16_400): Chunks {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Yields one chunk, then throws `error`. */
export async function* failing(error: Error): Chunks {
  yield new Uint8Array(100_000)
  throw error
}

/** A barrier: `count` callers go on together. */
export function barrier(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>()
  let waiting = 0
  return () => {
    waiting++
    if (waiting === count) all.resolve()
    return all.promise
  }
}

export async function* gated(gate: () => Promise<void>, bytes: Uint8Array): Chunks {
  await gate()
  yield* chunksOf(bytes)
}

export async function collect(chunks: Chunks | undefined): Promise<Uint8Array | undefined> {
  if (chunks === undefined) return undefined
  const parts: Uint8Array[] = []
  for await (const part of chunks) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

export async function listed(infos: AsyncIterable<ObjectVersion>): Promise<ObjectVersion[]> {
  const all: ObjectVersion[] = []
  for await (const info of infos) all.push(info)
  return all
}

/** Bytes that differ along their length and between seeds. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}
