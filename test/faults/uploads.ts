/** Small uploads, no two alike: pictures that get previews, and bytes that no decoder knows. */
import sharp from 'sharp'
import { pattern } from '../support/memory.ts'

/** A picture that is looked at, and of which previews are sealed. */
export async function picture(seed: number): Promise<Uint8Array> {
  const raw = { width: 64, height: 48, channels: 3 } as const
  return sharp(pattern(64 * 48 * 3, seed), { raw })
    .blur(2)
    .png()
    .toBuffer()
}

/** @param size bytes */
export function opaque(seed: number, size = 5_000): Uint8Array {
  return pattern(size, seed)
}
