// The thumbnail of a file on its way: the picture in the safelight's red, turning block by block into noise once it is encrypted.
import { h } from './dom.ts'

const SIDE = 96
const BLOCK = 8
const LARGEST = 40e6

export interface Thumbnail {
  readonly node: HTMLCanvasElement
  seal(): void
}

const still = matchMedia('(prefers-reduced-motion: reduce)')
let decoding: Promise<void> = Promise.resolve()

function noiseBlock(context: CanvasRenderingContext2D, x: number, y: number): void {
  const image = context.createImageData(BLOCK, BLOCK)
  const random = crypto.getRandomValues(new Uint8Array(BLOCK * BLOCK))
  for (const [index, value] of random.entries()) image.data.set([value, value, value, 255], index * 4)
  context.putImageData(image, x, y)
}

async function drawPicture(context: CanvasRenderingContext2D, file: File): Promise<void> {
  const bitmap = await createImageBitmap(file, { resizeWidth: SIDE * 2, resizeQuality: 'medium' })
  const scale = SIDE / Math.min(bitmap.width, bitmap.height)
  const width = bitmap.width * scale
  const height = bitmap.height * scale
  context.filter = 'grayscale(1) contrast(1.1)'
  context.drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height)
  bitmap.close()
  context.filter = 'none'
  context.globalCompositeOperation = 'multiply'
  context.fillStyle = '#ff5a3c'
  context.fillRect(0, 0, SIDE, SIDE)
  context.globalCompositeOperation = 'source-over'
}

/** Decodes one file at a time: a folder of photographs mustn't fill the memory. What can't be decoded stays plain. */
export function thumbnail(file: File | undefined): Thumbnail {
  const node = h('canvas', { width: SIDE, height: SIDE, class: 'thumb', 'aria-hidden': 'true' })
  const context = node.getContext('2d')
  let sealed = false
  if (file && context && file.size < LARGEST && /^image\/(jpeg|png|webp|avif|gif)$/.test(file.type)) {
    decoding = decoding.then(async () => {
      if (sealed || !node.isConnected) return
      await drawPicture(context, file).catch(() => {})
    })
  }
  return {
    node,
    seal() {
      if (sealed || !context) return
      sealed = true
      const blocks: [number, number][] = []
      for (let x = 0; x < SIDE; x += BLOCK) for (let y = 0; y < SIDE; y += BLOCK) blocks.push([x, y])
      blocks.sort(() => Math.random() - 0.5)
      const step = () => {
        for (const [x, y] of blocks.splice(0, still.matches ? blocks.length : 4)) noiseBlock(context, x, y)
        if (blocks.length > 0) requestAnimationFrame(step)
      }
      step()
    },
  }
}
