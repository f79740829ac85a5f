/** Bytes in memory as the sources and streams that the product reads. */
import type { Chunks } from '../../shared/platform/ports.ts'
import type { SealedSource } from '../../shared/vault/open.ts'

/** A stream in pieces of `size` bytes. */
export async function* streamOf(data: Uint8Array, size = 65_536): Chunks {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
}

export async function collect(stream: Chunks): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

/** @param onRead told the bytes of each read */
export function sourceOf(data: Uint8Array, pieceSize = 65_536, onRead?: (bytes: number) => void): SealedSource {
  return {
    size: data.length,
    async read({ first, last }) {
      onRead?.(last - first + 1)
      return streamOf(data.subarray(first, last + 1), pieceSize)
    },
  }
}

/** Bytes that look random and are the same each time: for contents, never for keys. */
export function pattern(length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(length)
  let state = seed >>> 0
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    out[i] = state >>> 24
  }
  return out
}
