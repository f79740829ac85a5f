/** JPEG of very many scans: each makes a decoder go over all coefficients again, so that few megabytes take minutes. */
import { join } from './file.ts'

const SOS = 0xda
const EOI = 0xd9

/** Where the last scan begins and ends. A marker inside entropy-coded data is FF 00 or a restart. */
function lastScan(jpeg: Uint8Array): { readonly start: number; readonly end: number } {
  const end = jpeg.length - 2
  if (jpeg[end] !== 0xff || jpeg[end + 1] !== EOI) throw new Error('a JPEG ends in its end marker')
  for (let start = end - 2; start > 0; start--)
    if (jpeg[start] === 0xff && jpeg[start + 1] === SOS) return { start, end }
  throw new Error('a JPEG has a scan')
}

/** @param jpeg progressive: its last scan refines, and may come again @param times how often it comes */
export function rescanned(jpeg: Uint8Array, times: number): Uint8Array {
  const { start, end } = lastScan(jpeg)
  return join(
    jpeg.subarray(0, start),
    ...Array.from({ length: times }, () => jpeg.subarray(start, end)),
    jpeg.subarray(end),
  )
}
