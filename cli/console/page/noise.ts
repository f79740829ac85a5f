// Draws sealed bytes as noise, and counts bytes for the histograms.

/** Draws one grey pixel a byte, `aspect` = width / height, and says in which size. */
export function drawBytes(canvas: HTMLCanvasElement, bytes: Uint8Array, aspect: number): void {
  const width = Math.max(1, Math.floor(Math.sqrt(bytes.length * aspect)))
  const height = Math.max(1, Math.floor(bytes.length / width))
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (!context) return
  const image = context.createImageData(width, height)
  for (let i = 0; i < width * height; i += 1) {
    const value = bytes[i] ?? 0
    image.data.set([value, value, value, 255], i * 4)
  }
  context.putImageData(image, 0, 0)
}

/** A stand-in for tiles without a preview: the same id always draws the same speckle, and no byte of the object is in it. */
export function drawSpeckle(canvas: HTMLCanvasElement, id: string): void {
  const width = 64
  const height = 48
  let state = 0x9e3779b9
  for (const char of id) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0
  const bytes = Uint8Array.from({ length: width * height }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 24
  })
  drawBytes(canvas, bytes, width / height)
}

/** The red, green and blue bytes of a picture, at most `side` pixels wide and high. */
export async function pixelBytes(picture: Blob, side: number): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(picture)
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const width = Math.max(1, Math.round(bitmap.width * scale))
  const height = Math.max(1, Math.round(bitmap.height * scale))
  const context = new OffscreenCanvas(width, height).getContext('2d')
  if (!context) return new Uint8Array()
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  return new Uint8Array(context.getImageData(0, 0, width, height).data.filter((_, index) => index % 4 !== 3))
}

/** How often each byte value occurs: 256 counts. */
export function histogram(bytes: Uint8Array): readonly number[] {
  const counts = new Array<number>(256).fill(0)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  return counts
}

/** Shannon entropy in bits per byte, 0..8. */
export function entropy(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return 0
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log2(count / total)), 0)
}

/** An orbit of the standard map with a logistic kick (docs/FORMAT.md section 8.1), from a fixed start, as points 0..1. */
export function orbit(kick: number, length: number): readonly { x: number; y: number }[] {
  let x = 0x12345678
  let w = 0x0badcafe
  return Array.from({ length }, () => {
    const parabola = Number((BigInt(x) * (0x100000000n - BigInt(x))) >> 30n) >>> 0
    w = (w + Math.imul(kick, parabola) + 0x9e3779b9) >>> 0
    x = (x + w) >>> 0
    return { x: x / 2 ** 32, y: w / 2 ** 32 }
  })
}
