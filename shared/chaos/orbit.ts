/** An orbit of a chaotic map, as a source of 32-bit draws, and the shuffle it drives (docs/FORMAT.md section 8.1). */
import type { ChaoticMap } from './maps.ts'

const WARM_UP = 16

/** The first n draws of the orbit from (x, w), each 0 to 2^32-1. */
export function draws(map: ChaoticMap, parameters: readonly number[], x: number, w: number, n: number): Uint32Array {
  const state = { x, w }
  map.run(state, parameters, new Uint32Array(WARM_UP))
  const out = new Uint32Array(n)
  map.run(state, parameters, out)
  return out
}

/** Fisher-Yates with multiply-shift: n-1 draws for n, no rejection. p[i] is where slot i takes its block from. */
export function shuffle(drawn: Uint32Array): Uint16Array {
  const last = drawn.length
  const p = new Uint16Array(last + 1)
  for (let i = 1; i <= last; i++) p[i] = i
  for (let i = last; i >= 1; i--) {
    const j = Math.floor(((drawn[last - i] as number) * (i + 1)) / 2 ** 32)
    const kept = p[i] as number
    p[i] = p[j] as number
    p[j] = kept
  }
  return p
}
