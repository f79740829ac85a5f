/**
 * Finds out whether a picture says where it was taken: GPS tags of EXIF 2.32 (4.6.6) and their XMP namesakes.
 * Two directories are walked with every read checked, since general EXIF readers build whatever a hostile file claims.
 */

const GPS_DIRECTORY = 0x8825
/** Latitude, longitude, the destination's, and the named area: tags that tell a place. The rest is times, speeds and units. */
const PLACE_TAGS: ReadonlySet<number> = new Set([0x02, 0x04, 0x14, 0x16, 0x1c])
const MAX_ENTRIES = 1024
const XMP_PLACE = Buffer.from('GPSLatitude')

type Entry = { readonly tag: number; readonly value: number }

function* directory(view: DataView, offset: number, little: boolean): Generator<Entry> {
  if (offset < 8 || offset + 2 > view.byteLength) return
  const count = Math.min(view.getUint16(offset, little), MAX_ENTRIES)
  for (let i = 0; i < count; i++) {
    const at = offset + 2 + i * 12
    if (at + 12 > view.byteLength) return
    yield { tag: view.getUint16(at, little), value: view.getUint32(at + 8, little) }
  }
}

/** Whether a TIFF structure (a TIFF file, or an EXIF block with or without its `Exif\0\0` prefix) names a place. Never throws. */
export function exifHasPlace(bytes: Uint8Array): boolean {
  const prefixed = bytes.length > 6 && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'Exif'
  const body = prefixed ? bytes.subarray(6) : bytes
  if (body.length < 8) return false
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return false
  const little = order === 0x4949
  if (view.getUint16(2, little) !== 42) return false
  for (const entry of directory(view, view.getUint32(4, little), little)) {
    if (entry.tag !== GPS_DIRECTORY) continue
    for (const gps of directory(view, entry.value, little)) if (PLACE_TAGS.has(gps.tag)) return true
  }
  return false
}

/** Whether XMP, wherever it lies in these bytes uncompressed, names a latitude. Eleven letters don't occur in pixels by chance. */
export function xmpHasPlace(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(XMP_PLACE)
}
