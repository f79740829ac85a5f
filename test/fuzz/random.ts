/** Seeded randomness for mutation: the same seed and number give the same mutant on every machine. Never for keys. */

export interface Random {
  /** 0 to n - 1. */
  below(n: number): number
  /** One of them; throws where there is none. */
  pick<T>(list: readonly T[]): T
  bytes(length: number): Uint8Array
}

/** Mulberry32 (Tommy Ettinger, public domain), started from both numbers. */
export function seeded(seed: number, run = 0): Random {
  let state = (Math.imul(seed, 0x9e3779b9) ^ Math.imul(run + 1, 0x85ebca6b)) >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  // Neighbouring states are alike in their first draws.
  for (let i = 0; i < 4; i++) next()
  function below(n: number): number {
    return Math.floor((next() / 2 ** 32) * n)
  }
  return {
    below,
    pick(list) {
      const found = list[below(list.length)]
      if (found === undefined) throw new RangeError('nothing to pick from')
      return found
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}
