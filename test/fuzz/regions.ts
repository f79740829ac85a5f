/** Where the parts of an object and of an envelope lie, so that mutations meet small parts as often as large ones. */
import { BODY_HEAD, parseHeader, SALT, SEALED_CHUNK } from '../../shared/vault/layout.ts'
import type { Region } from './mutate.ts'

const MAC = 64

/** `widths`: bytes of the parts one after the other, a length field's negative. */
function regionsFrom(start: number, widths: readonly number[]): Region[] {
  let at = start
  return widths
    .filter((width) => width !== 0)
    .map((width) => {
      const region = { start: at, end: at + Math.abs(width), ...(width < 0 && { isLength: true }) }
      at = region.end
      return region
    })
}

/** Of an envelope that begins at `start`. */
export function envelopeRegions(data: Uint8Array, start: number, length: number): Region[] {
  const view = new DataView(data.buffer, data.byteOffset)
  const widths = [4, 1]
  let at = start + 5
  while (at < start + length - MAC) {
    const end = at + 4 + view.getUint32(at)
    widths.push(-4, 1)
    at += 5
    for (let i = 0; i < 4; i++) {
      const field = view.getUint32(at)
      widths.push(-4, field)
      at += 4 + field
    }
    widths.push(end - at)
    at = end
  }
  return regionsFrom(start, [...widths, MAC])
}

/** Of an object that opens. */
export function objectRegions(object: Uint8Array): Region[] {
  const { factsBytes, sealedMetadata, h0, bodyOffset } = parseHeader(object, object.length)
  const head = regionsFrom(0, [4, -2, factsBytes.length, -4, sealedMetadata.length, -4])
  const envelope = envelopeRegions(object, h0.length + 4, bodyOffset - h0.length - 4)
  const body = [SALT, BODY_HEAD - SALT]
  for (let left = object.length - bodyOffset - BODY_HEAD; left > 0; left -= SEALED_CHUNK) {
    body.push(Math.min(left, SEALED_CHUNK) - 16, 16)
  }
  return [...head, ...envelope, ...regionsFrom(bodyOffset, body)]
}
