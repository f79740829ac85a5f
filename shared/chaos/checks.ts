/**
 * What the sealer tests of an orbit before it uses it: no short cycle, draws spread evenly. Readers never run this.
 */
import { type ChaoticMap, mapById } from './maps.ts'
import { orbit } from './orbit.ts'
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
  const tortoise = { x, w }
  const hare = { x, w }
  let power = 1
  let length = 0
  for (let step = 0; step < limit; step++) {
    if (length === power) {
      tortoise.x = hare.x
      tortoise.w = hare.w
      power *= 2
      length = 0
    }
    map.advance(hare, parameters)
    length++
    if (hare.x === tortoise.x && hare.w === tortoise.w) return length
  }
  return undefined
}

/** Pearson's chi-square of 4,096 draws over 32 equal bins (31 degrees of freedom, mean 31). */
export function unevenness(map: ChaoticMap, parameters: readonly number[], x: number, w: number): number {
  const draw = orbit(map, parameters, x, w)
  const counts = new Uint32Array(BINS)
  for (let i = 0; i < STEPS; i++) {
    const bin = draw() >>> 27
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const expected = STEPS / BINS
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** True when the three orbits that this seed starts pass both tests. */
export function orbitsPass(seed: Uint8Array, chaos: Chaos): boolean {
  const map = mapById(chaos.map)
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

/** Map and parameters that a picture's features pick: any 4 bytes make a valid, odd K. */
export function chaosFromFeatures(featureDigest: Uint8Array): Chaos {
  const k = new DataView(featureDigest.buffer, featureDigest.byteOffset).getUint32(0)
  return { map: 1, parameters: [(k | 1) >>> 0] }
}

/** What every sealer may fall back to. */
export const KNOWN_GOOD: Chaos = { map: 1, parameters: mapById(1)?.knownGood ?? [] }
