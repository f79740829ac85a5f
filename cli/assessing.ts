/** One image from a file or a stream to its assessment, as `assess` and `seal` both need it. */
import { fileURLToPath } from 'node:url'
import { decode, undecodable } from '../shared/image/decode.ts'
import { SNIFF_BYTES, sniff } from '../shared/image/sniff.ts'
import { type Decoded, LIMITS, type Undecodable } from '../shared/image/types.ts'
import type { Chunks } from '../shared/platform/ports.ts'
import { loadModels, type Models } from '../shared/sensitivity/models.ts'
import type { Output } from './output.ts'

export const MODELS_FOLDER = fileURLToPath(new URL('../models/', import.meta.url))

/** Loudly, where a model isn't what the manifest says: everything is then taken for the most sensitive. */
export async function loadModelsOrWarn(out: Output): Promise<Models> {
  const models = await loadModels(MODELS_FOLDER)
  for (const problem of models.problems) out.warn(problem)
  return models
}

/** What is too large to decode is looked at only far enough to name its type; the stream is not read further then. */
export async function decodeStream(stream: Chunks): Promise<Decoded | Undecodable> {
  const held: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    held.push(chunk.slice())
    size += chunk.length
    if (size > LIMITS.maxBytes) return undecodable(sniff(Buffer.concat(held).subarray(0, SNIFF_BYTES)), 'too-large')
  }
  return decode(Buffer.concat(held))
}
