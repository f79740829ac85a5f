/** Pictures for a load: cut from the samples at mixed sizes and in mixed formats, the same ones each time, no two uploads alike. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { seeded } from '../../fuzz/random.ts'
import { root } from '../../rules/tree.ts'

/** Half of what arrives is photographs; a card has no renditions, a receipt has redacted ones. */
const SAMPLES = ['landscape.jpg', 'receipt.jpg', 'landscape.jpg', 'identity-card.jpg'] as const
/** Long sides in pixels; those between go evenly on a scale of powers. */
const SMALLEST = 160
const LARGEST = 2_400
const FORMATS = ['jpeg', 'jpeg', 'webp', 'jpeg', 'png'] as const

/** No two are of the same width and height, by which a comparison knows them again. */
export async function drawPictures(kinds: number): Promise<readonly Buffer[]> {
  const random = seeded(5)
  const sources = await Promise.all(SAMPLES.map((name) => readFile(join(root, 'samples', name))))
  const drawn: Buffer[] = []
  for (let i = 0; i < kinds; i++) {
    const format = FORMATS[i % FORMATS.length] ?? 'jpeg'
    const quality = 60 + random.below(36)
    const grown = (LARGEST / SMALLEST) ** (i / Math.max(1, kinds - 1))
    // Lossless pictures of the largest sides would be most of all bytes.
    const side = Math.round(format === 'png' ? SMALLEST + (SMALLEST * grown) / 3 : SMALLEST * grown) + random.below(8)
    const box = { width: side, height: side, fit: 'inside', withoutEnlargement: false } as const
    drawn.push(
      await sharp(sources[i % sources.length])
        .resize(box)
        .toFormat(format, format === 'png' ? {} : { quality })
        .toBuffer(),
    )
  }
  return drawn
}

/** The same picture with a number behind its end, where no decoder looks. */
export function numbered(drawn: readonly Buffer[], number: number): Buffer {
  const mark = Buffer.alloc(4)
  mark.writeUInt32BE(number)
  return Buffer.concat([drawn[number % drawn.length] ?? Buffer.of(), mark])
}
