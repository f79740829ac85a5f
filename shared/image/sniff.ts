/** Tells what bytes are by looking at them, because names and declared types are the uploader's word alone. */

import type { MediaType } from './types.ts'

/** How many bytes of a file are worth handing to `sniff`: enough for a long XML preamble before `<svg`. */
export const SNIFF_BYTES = 4096

const latin1 = (head: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...head.subarray(from, Math.min(to, head.length)))

const startsWith = (head: Uint8Array, ...magic: readonly number[]): boolean =>
  head.length >= magic.length && magic.every((byte, i) => head[i] === byte)

const AVIF_BRANDS: ReadonlySet<string> = new Set(['avif', 'avis'])

/** ISO BMFF: the major brand or any compatible brand says AVIF. HEIC shares the box and is not claimed. */
function isAvif(head: Uint8Array): boolean {
  if (latin1(head, 4, 8) !== 'ftyp') return false
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0)
  const end = Math.min(size, head.length, 256)
  if (AVIF_BRANDS.has(latin1(head, 8, 12))) return true
  for (let at = 16; at + 4 <= end; at += 4) if (AVIF_BRANDS.has(latin1(head, at, at + 4))) return true
  return false
}

/** Text of an XML document in UTF-8 or UTF-16, or undefined when the first bytes can't be XML. */
function xmlText(head: Uint8Array): string | undefined {
  const piece = head.subarray(0, SNIFF_BYTES)
  if (startsWith(piece, 0xff, 0xfe) || startsWith(piece, 0x3c, 0x00)) return new TextDecoder('utf-16le').decode(piece)
  if (startsWith(piece, 0xfe, 0xff) || startsWith(piece, 0x00, 0x3c)) return new TextDecoder('utf-16be').decode(piece)
  const text = new TextDecoder('utf-8').decode(piece)
  return text.trimStart().startsWith('<') ? text : undefined
}

/** Index after the DOCTYPE at the start of `text`, skipping an internal subset and quoted strings; -1 when it never ends. */
function doctypeEnd(text: string): number {
  let depth = 0
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (quote) {
      if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '[') depth++
    else if (c === ']') depth--
    else if (c === '>' && depth <= 0) return i + 1
  }
  return -1
}

/** Whether the root element is `svg`, after any prolog, comments, processing instructions and DOCTYPE, with or without a prefix. */
function isSvg(head: Uint8Array): boolean {
  let text = xmlText(head)
  if (text === undefined) return false
  for (;;) {
    text = text.replace(/^[\s\u{feff}]+/u, '')
    const end = text.startsWith('<?')
      ? after(text, '?>', 2)
      : text.startsWith('<!--')
        ? after(text, '-->', 4)
        : /^<!doctype/i.test(text)
          ? doctypeEnd(text)
          : undefined
    if (end === undefined) return /^<(?:[\w.-]+:)?svg[\s/>]/i.test(text)
    if (end < 0) return /<(?:[\w.-]+:)?svg[\s/>]/i.test(text) || /^<!doctype\s+svg\b/i.test(text)
    text = text.slice(end)
  }
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? -1 : at + mark.length
}

/**
 * The media type of a file by its first bytes; hand over `SNIFF_BYTES` of them, or all of a shorter file.
 * Whatever isn't known is `application/octet-stream`. Never throws.
 */
export function sniff(head: Uint8Array): MediaType {
  if (startsWith(head, 0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (startsWith(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'WEBP') return 'image/webp'
  if (latin1(head, 0, 6) === 'GIF87a' || latin1(head, 0, 6) === 'GIF89a') return 'image/gif'
  // DICOM's preamble of 128 bytes is the writer's to fill, and may look like a TIFF on purpose: it comes first
  if (latin1(head, 128, 132) === 'DICM') return 'application/dicom'
  if (startsWith(head, 0x49, 0x49, 0x2a, 0x00) || startsWith(head, 0x4d, 0x4d, 0x00, 0x2a)) return 'image/tiff'
  if (startsWith(head, 0x49, 0x49, 0x2b, 0x00) || startsWith(head, 0x4d, 0x4d, 0x00, 0x2b)) return 'image/tiff'
  if (isAvif(head)) return 'image/avif'
  if (isSvg(head)) return 'image/svg+xml'
  return 'application/octet-stream'
}
