/** The honest pictures that hostile ones are made from, one of each type. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ascii } from './file.ts'

const PICTURES = join(import.meta.dirname, '..', 'fixtures', 'pictures')

export function fixture(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(join(PICTURES, name)))
}

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="32" height="32" fill="#b22"/>
<text x="4" y="60" font-size="12">sixty-four</text></svg>`

/** By the name that a person knows the type by. */
export const HONEST: Readonly<Record<string, () => Uint8Array>> = {
  JPEG: () => fixture('cat.jpg'),
  PNG: () => fixture('page.png'),
  WebP: () => fixture('coffee.webp'),
  AVIF: () => fixture('coffee.avif'),
  GIF: () => fixture('two-frames.gif'),
  TIFF: () => fixture('coffee.tiff'),
  SVG: () => ascii(SVG),
  DICOM: () => fixture('header.dcm'),
}
