/** The shapes that pictures take inside: what they are called, how their pixels lie, and why one couldn't be read. */

/** What the bytes are, told by content and never by name. */
export type MediaType =
  | 'image/jpeg'
  | 'image/png'
  | 'image/webp'
  | 'image/avif'
  | 'image/gif'
  | 'image/tiff'
  | 'image/svg+xml'
  | 'application/dicom'
  | 'application/octet-stream'

/** Pixels: 8 bit sRGB, three bytes a pixel, rows from the top without padding, so `data.length === width * height * 3`. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A rectangle in fractions 0..1 of the oriented picture; x and y are its top left corner. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What the header says, before any pixel is decoded. Width and height are those of the oriented picture, in pixels. */
export interface Header {
  readonly ok: true
  readonly mediaType: MediaType
  readonly width: number
  readonly height: number
  /** EXIF orientation 1..8, already applied to width and height. */
  readonly orientation: number
  /** Frames or pages; only the first is looked at. */
  readonly pages: number
  /** Whether EXIF or XMP carries a position. */
  readonly hasLocation: boolean
}

/** A picture that was read: its header's facts and a working copy of its pixels, oriented, flattened and small. */
export interface Decoded extends Header {
  readonly raster: Raster
}

export type UndecodableReason = 'too-large' | 'timeout' | 'undecodable'

/** A picture that could not be read. It is sealed all the same, as strictly as can be. */
export interface Undecodable {
  readonly ok: false
  readonly mediaType: MediaType
  readonly reason: UndecodableReason
}

export interface Limits {
  /** Bytes; a larger file isn't decoded. */
  readonly maxBytes: number
  /** Pixels by the header's own word; a larger picture isn't decoded. */
  readonly maxPixels: number
  /** Bytes of all its pixels as stored. */
  readonly maxRawBytes: number
  /** Bytes that its decoder would hold at once, by `heldBytes`; AVIF of 12 megapixels fits. */
  readonly maxHeldBytes: number
  /** Seconds of decoding. */
  readonly timeoutSeconds: number
  /** Long side of the working raster, pixels. */
  readonly workingSide: number
}

export const LIMITS: Limits = Object.freeze({
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 100_000_000,
  maxRawBytes: 300_000_000,
  maxHeldBytes: 240_000_000,
  timeoutSeconds: 20,
  workingSide: 1280,
})
