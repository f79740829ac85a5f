/** An orbit of a chaotic map, as a source of 32-bit draws, and the shuffle it drives (docs/FORMAT.md section 8.1). */
import type { ChaoticMap } from './maps.ts'

const WARM_UP = 16

/** Advances once and returns the new x, 0 to 2^32-1. */
export type Draw = () => number

export function orbit(map: ChaoticMap, parameters: readonly number[], x: number, w: number): Draw {
  const state = { x, w }
  for (let i = 0; i < WARM_UP; i++) map.advance(state, parameters)
  return () => {
    map.advance(state, parameters)
    return state.x
  }
}

/** Fisher-Yates with multiply-shift: exactly n-1 draws, no rejection. p[i] is where slot i takes its block from. */
export function shuffle(draw: Draw, n: number): Uint16Array {
  const p = Uint16Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i >= 1; i--) {
    const j = Math.floor((draw() * (i + 1)) / 2 ** 32)
    const kept = p[i] ?? 0
    p[i] = p[j] ?? 0
    p[j] = kept
  }
  return p
}
