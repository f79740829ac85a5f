// The drop zone's drawing: a landscape under the safelight that turns into noise from left to right.
import { h } from './dom.ts'

const WIDTH = 264
const HEIGHT = 144

/** Brightness 0..1 of an invented landscape: a moon over three ridges. */
function landscape(x: number, y: number): number {
  const u = x / WIDTH
  const v = y / HEIGHT
  const ridge = (base: number, height: number, wave: number, shift: number) =>
    base - height * (Math.sin(u * wave + shift) * 0.6 + Math.sin(u * wave * 2.3 + shift * 1.7) * 0.3)
  if (v > ridge(0.86, 0.07, 7, 4)) return 0.05
  if (v > ridge(0.72, 0.1, 6, 1.2)) return 0.2
  if (v > ridge(0.56, 0.13, 5, 2.6)) return 0.4
  const moon = Math.hypot((u - 0.3) * (WIDTH / HEIGHT), v - 0.26)
  if (moon < 0.11) return 1
  return 0.52 + 0.3 * (1 - v) - 0.24 * Math.min(1, moon * 1.3) + 0.2
}

/** Decoration alone: screen readers skip it, and its noise is no object's. */
export function emblem(): HTMLCanvasElement {
  const canvas = h('canvas', { width: WIDTH, height: HEIGHT, class: 'emblem', 'aria-hidden': 'true' })
  const context = canvas.getContext('2d')
  if (!context) return canvas
  const image = context.createImageData(WIDTH, HEIGHT)
  let state = 0x2545f491
  const random = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 8) / 2 ** 24
  }
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const sealed = random() < Math.max(0, x / WIDTH - 0.34) / 0.4
      const value = sealed ? random() : landscape(x, y)
      const red = sealed ? 96 + value * 130 : 40 + value * 215
      const rest = sealed ? value * 86 : value * value * 112
      image.data.set([red, rest, rest * 0.78, 255], (y * WIDTH + x) * 4)
    }
  }
  context.putImageData(image, 0, 0)
  return canvas
}
