/**
 * Integer chaotic maps, registered by number (docs/FORMAT.md section 8.1). Integers only: floating-point chaos differs
 * between machines and falls into short cycles.
 *
 * None of this carries security. AES-256-GCM does; a keyed permutation in front of it can't weaken it.
 */

const TWO_30 = 2 ** 30
const TWO_16 = 2 ** 16

/** Two 32-bit words. */
export interface State {
  x: number
  w: number
}

export interface ChaoticMap {
  readonly id: number
  readonly name: string
  /** Parameters that every sealer may fall back to: their orbits were tested. */
  readonly knownGood: readonly number[]
  /** What readers check: count and range, nothing about quality. */
  valid(parameters: readonly number[]): boolean
  /** Advances once, in place. */
  advance(state: State, parameters: readonly number[]): void
}

/** floor(x * (2^32 - x) / 2^30) mod 2^32, exactly: 4x - ceil(x^2 / 2^30), with x^2 in two parts that stay below 2^53. */
export function logistic(x: number): number {
  const high = x >>> 16
  const low = x & 0xffff
  const rest = 2 * high * low * TWO_16 + low * low
  return (4 * x - (4 * high * high + Math.ceil(rest / TWO_30))) >>> 0
}

/**
 * Map 1: Chirikov's standard map (Phys. Rep. 52, 1979) on 32-bit integers, kicked by the logistic parabola instead of a
 * sine, with an odd kick strength K. Every step is a bijection of (x, w), so draws are even in the mean and orbits
 * have no transient; the added constant keeps (0, 0) from being a fixed point.
 */
const standard: ChaoticMap = {
  id: 1,
  name: 'standard map with a logistic kick',
  knownGood: [0x9e3779b9],
  valid(parameters) {
    const [k, ...rest] = parameters
    return k !== undefined && rest.length === 0 && Number.isInteger(k) && k > 0 && k < 2 ** 32 && k % 2 === 1
  },
  advance(state, parameters) {
    state.w = (state.w + Math.imul(parameters[0] ?? 0, logistic(state.x)) + 0x9e3779b9) >>> 0
    state.x = (state.x + state.w) >>> 0
  },
}

const MAPS: readonly ChaoticMap[] = [standard]

export function mapById(id: number): ChaoticMap | undefined {
  return MAPS.find((map) => map.id === id)
}
