/**
 * What the sealer tests of an orbit before it uses it: no short cycle, draws spread evenly. Readers never run this.
 */
import { type ChaoticMap, mapById } from './maps.ts'
import { draws } from './orbit.ts'
import type { Chaos } from './permutation.ts'

const STEPS = 4096
const BINS = 32
/** Chi-square, 31 degrees of freedom: the 0.9999 quantile. */
const CHI_SQUARE_LIMIT = 69.1

/**
 * The cycle length of an orbit by Brent's algorithm (BIT 20, 1980), or undefined when it is longer than `limit` steps.
 */
export function cycleLength(
  map: ChaoticMap,
  parameters: readonly number[],
  x: number,
  w: number,
  limit = STEPS,
): number | undefined {
  const xs = new Uint32Array(limit + 1)
  const ws = new Uint32Array(limit + 1)
  xs[0] = x
  ws[0] = w
  map.run({ x, w }, parameters, xs.subarray(1), ws.subarray(1))
  let tortoise = 0
  let power = 1
  for (let hare = 1; hare <= limit; hare++) {
    if (xs[hare] === xs[tortoise] && ws[hare] === ws[tortoise]) return hare - tortoise
    if (hare - tortoise === power) {
      tortoise = hare
      power *= 2
    }
  }
  return undefined
}

/** Pearson's chi-square of 4,096 draws over 32 equal bins (31 degrees of freedom, mean 31). */
export function unevenness(map: ChaoticMap, parameters: readonly number[], x: number, w: number): number {
  const counts = new Uint32Array(BINS)
  const drawn = draws(map, parameters, x, w, STEPS)
  for (let i = 0; i < STEPS; i++) {
    const bin = (drawn[i] as number) >>> 27
    counts[bin] = (counts[bin] as number) + 1
  }
  const expected = STEPS / BINS
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/**
 * True when the three orbits that this seed starts pass both tests.
 * @param registered the maps by number
 */
export function orbitsPass(seed: Uint8Array, chaos: Chaos, registered = mapById): boolean {
  const map = registered(chaos.map)
  if (!map?.valid(chaos.parameters)) return false
  const view = new DataView(seed.buffer, seed.byteOffset, 32)
  return [0, 8, 16].every((at) => {
    const x = view.getUint32(at)
    const w = view.getUint32(at + 4)
    return (
      cycleLength(map, chaos.parameters, x, w) === undefined &&
      unevenness(map, chaos.parameters, x, w) < CHI_SQUARE_LIMIT
    )
  })
}

/** Map and parameters that a picture's features pick: whatever their digest (32 bytes) is, readers accept it. */
export function chaosFromFeatures(featureDigest: Uint8Array): Chaos {
  const view = new DataView(featureDigest.buffer, featureDigest.byteOffset)
  const word = (i: number) => (view.getUint32(4 * i) | 1) >>> 0
  return view.getUint8(8) % 2 === 0 ? { map: 1, parameters: [word(0)] } : { map: 2, parameters: [word(0), word(1)] }
}

/** What every sealer may fall back to. */
export const KNOWN_GOOD: Chaos = { map: 1, parameters: mapById(1)?.knownGood ?? [] }
