/**
 * Integer chaotic maps, registered by number (docs/FORMAT.md section 8.1). Integers only: floating-point chaos differs
 * between machines and falls into short cycles.
 *
 * None of this carries security. AES-256-GCM does; a keyed permutation in front of it can't weaken it.
 */

/** floor(2^32 / golden ratio), odd: keeps (0, 0) from being a fixed point. */
const CONSTANT = 0x9e3779b9

/** Two words of 32 bits, 0 to 2^32-1. */
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
  /** Advances once for each entry of `xs`, which gets the new x; `ws`, where given, gets the new w. */
  run(state: State, parameters: readonly number[], xs: Uint32Array, ws?: Uint32Array): void
}

/**
 * floor(x * (2^32 - x) / 2^30) mod 2^32, exactly: 4x - ceil(x^2 / 2^30). With x = h * 2^16 + l, x^2 / 2^30 is
 * 4h^2 + hl / 2^13 + l^2 / 2^30, whose fractions are added up so that no step needs more than 32 bits.
 */
export function logistic(x: number): number {
  const h = x >>> 16
  const l = x & 0xffff
  const hl = Math.imul(h, l)
  const ll = Math.imul(l, l)
  const fractions = ((hl & 0x1fff) << 17) + (ll & 0x3fffffff)
  const square = (Math.imul(h, h) << 2) + (hl >>> 13) + (ll >>> 30) + ((fractions + 0x3fffffff) >>> 30)
  return ((x << 2) - square) >>> 0
}

/** 2x below 2^31, 2^33 - 1 - 2x from there on: the tent, on 32-bit integers. */
export function tent(x: number): number {
  return ((x << 1) ^ (x >> 31)) >>> 0
}

function odd(value: number | undefined): boolean {
  return value !== undefined && Number.isInteger(value) && value > 0 && value < 2 ** 32 && value % 2 === 1
}

/**
 * Map 1: Chirikov's standard map (Phys. Rep. 52, 1979) on 32-bit integers, kicked by the logistic parabola instead of a
 * sine, with an odd kick strength K. Every step is a bijection of (x, w), so draws are even in the mean and orbits
 * have no transient.
 */
const standard: ChaoticMap = {
  id: 1,
  name: 'standard map with a logistic kick',
  knownGood: [0x9e3779b9],
  valid: (parameters) => parameters.length === 1 && parameters.every(odd),
  run(state, [kick = 0], xs, ws) {
    // Signed, because those stay small integers in the engine; typed arrays take them modulo 2^32.
    let x = state.x | 0
    let w = state.w | 0
    for (let i = 0; i < xs.length; i++) {
      w = (w + Math.imul(kick, logistic(x >>> 0)) + CONSTANT) | 0
      x = (x + w) | 0
      xs[i] = x
      if (ws) ws[i] = w
    }
    state.x = x >>> 0
    state.w = w >>> 0
  },
}

/**
 * Map 2: Arnold's cat map in its generalised form, folded by a tent (compare the sawtooth map of Percival and Vivaldi,
 * Physica D 27, 1987): two odd parameters, a bijection of (x, w) as well. Without the fold it would be linear.
 */
const cat: ChaoticMap = {
  id: 2,
  name: 'cat map folded by a tent',
  knownGood: [0x85ebca6b, 0xc2b2ae35],
  valid: (parameters) => parameters.length === 2 && parameters.every(odd),
  run(state, [a = 0, b = 0], xs, ws) {
    let x = state.x | 0
    let w = state.w | 0
    for (let i = 0; i < xs.length; i++) {
      w = (w + Math.imul(a, tent(x)) + CONSTANT) | 0
      x = (x + Math.imul(b, w)) | 0
      xs[i] = x
      if (ws) ws[i] = w
    }
    state.x = x >>> 0
    state.w = w >>> 0
  },
}

const MAPS: readonly ChaoticMap[] = [standard, cat]

export function mapById(id: number): ChaoticMap | undefined {
  return MAPS.find((map) => map.id === id)
}
