/** Looks for pieces of known bytes in every file below a folder: whether plaintext, names or keys rest anywhere. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PIECE = 64
/** Pieces of fewer different bytes (zeros, table rows) are found in files of any kind. */
const LEAST_DISTINCT = 20

/** Every file below `folder`, whatever its name. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Consecutive 64-byte pieces of these bytes that are telling. */
export function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at + PIECE <= bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE)
    if (new Set(piece).size >= LEAST_DISTINCT) pieces.push(piece)
  }
  return pieces
}

/** The files that hold one of the pieces at any offset. @throws when there is nothing to look for or in */
export function filesHolding(folder: string, pieces: readonly Uint8Array[]): string[] {
  const files = filesBelow(folder)
  if (pieces.length === 0 || files.length === 0) throw new Error('nothing to search for, or nothing to search')
  const byStart = new Map<number, Buffer[]>()
  for (const piece of pieces) {
    const buffer = Buffer.from(piece)
    const start = buffer.readUInt32BE(0)
    byStart.set(start, [...(byStart.get(start) ?? []), buffer])
  }
  return files.filter((file) => {
    const data = readFileSync(file)
    for (let at = 0; at + PIECE <= data.length; at++) {
      const candidates = byStart.get(data.readUInt32BE(at))
      if (candidates?.some((piece) => piece.equals(data.subarray(at, at + PIECE)))) return true
    }
    return false
  })
}

/** The files whose content or path holds this text in UTF-8, UTF-16, base64 or hex. */
export function filesTelling(folder: string, secret: string | Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  const forms = [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    // The first and last characters of base64 depend on what stands beside it.
    ...[0, 1, 2].map((skip) => Buffer.from(bytes.subarray(skip).toString('base64url').slice(0, -2))),
    ...(typeof secret === 'string' ? [Buffer.from(secret, 'utf16le')] : []),
  ].filter((form) => form.length >= 4)
  return filesBelow(folder).filter((file) => {
    const data = readFileSync(file)
    return forms.some((form) => data.includes(form) || Buffer.from(file).includes(form))
  })
}
