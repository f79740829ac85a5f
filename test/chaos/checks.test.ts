/** What the sealer tests of an orbit: short cycles and uneven draws are found, sound orbits pass. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chaosFromFeatures, cycleLength, KNOWN_GOOD, orbitsPass, unevenness } from '../../shared/chaos/checks.ts'
import { type ChaoticMap, mapById } from '../../shared/chaos/maps.ts'
import { validChaos } from '../../shared/chaos/permutation.ts'

const LIMIT = 69.1
const word = fc.nat(2 ** 32 - 1)
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

function standard(): ChaoticMap {
  const map = mapById(1)
  if (!map) throw new Error('map 1 is gone')
  return map
}

/** A tail of `tail` states, then round a cycle of `length` for ever. */
function planted(tail: number, length: number): ChaoticMap {
  return {
    ...standard(),
    advance(state) {
      state.x = state.x + 1 === tail + length ? tail : state.x + 1
    },
  }
}

describe('a planted cycle', () => {
  test('is found with its exact length, after any tail', () => {
    fc.assert(
      fc.property(fc.nat(800), fc.integer({ min: 1, max: 600 }), (tail, length) => {
        expect(cycleLength(planted(tail, length), [], 0, 0)).toBe(length)
      }),
    )
  })

  test('that is longer than the limit is not looked for', () => {
    expect(cycleLength(planted(0, 5000), [], 0, 0)).toBeUndefined()
    expect(cycleLength(planted(0, 5000), [], 0, 0, 20_000)).toBe(5000)
  })
})

describe('unevenness', () => {
  test('is 0 for draws that fill every bin alike', () => {
    let x = 0
    const even: ChaoticMap = {
      ...standard(),
      advance(state) {
        x = (x + 2 ** 27) >>> 0
        state.x = x
      },
    }
    expect(unevenness(even, [], 0, 0)).toBe(0)
  })

  test('is as large as can be for a constant', () => {
    const still: ChaoticMap = { ...standard(), advance: () => {} }
    expect(unevenness(still, [], 5, 0)).toBe(31 * 4096)
  })
})

describe('the orbits of map 1', () => {
  test('known good: no short cycle from any start, and even draws from all but one in thousands', () => {
    const { map, parameters } = KNOWN_GOOD
    expect({ map, parameters }).toEqual({ map: 1, parameters: [0x9e3779b9] })
    const starts = fc.sample(fc.tuple(word, word), { numRuns: 400, seed: 1 })
    for (const [x, w] of starts) expect(cycleLength(standard(), parameters, x, w)).toBeUndefined()
    const failed = starts.filter(([x, w]) => unevenness(standard(), parameters, x, w) >= LIMIT)
    expect(failed.length).toBeLessThanOrEqual(2)
  })

  test('K = 1 is uneven from some starts: the test has something to find', () => {
    const starts = fc.sample(fc.tuple(word, word), { numRuns: 400, seed: 2 })
    const failed = starts.filter(([x, w]) => unevenness(standard(), [1], x, w) >= LIMIT)
    expect(failed.length).toBeGreaterThan(0)
    const bad = failed[0] ?? [0, 0]
    const seed = new Uint8Array(32)
    new DataView(seed.buffer).setUint32(16, bad[0])
    new DataView(seed.buffer).setUint32(20, bad[1])
    expect(orbitsPass(seed, { map: 1, parameters: [1] })).toBe(false)
  })

  test('each of the three that a seed starts must pass', () => {
    const [good] = fc
      .sample(fc.tuple(word, word), { numRuns: 50, seed: 3 })
      .filter(([x, w]) => unevenness(standard(), [1], x, w) < LIMIT)
    const [bad] = fc
      .sample(fc.tuple(word, word), { numRuns: 400, seed: 2 })
      .filter(([x, w]) => unevenness(standard(), [1], x, w) >= LIMIT)
    const seedOf = (...pairs: ([number, number] | undefined)[]) => {
      const seed = new Uint8Array(32)
      const view = new DataView(seed.buffer)
      for (const [i, pair] of pairs.entries()) {
        view.setUint32(8 * i, pair?.[0] ?? 0)
        view.setUint32(8 * i + 4, pair?.[1] ?? 0)
      }
      return seed
    }
    const chaos = { map: 1, parameters: [1] }
    expect(orbitsPass(seedOf(good, good, good), chaos)).toBe(true)
    expect(orbitsPass(seedOf(bad, good, good), chaos)).toBe(false)
    expect(orbitsPass(seedOf(good, bad, good), chaos)).toBe(false)
    expect(orbitsPass(seedOf(good, good, bad), chaos)).toBe(false)
  })

  test('do not pass with a map or parameter that readers refuse', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(orbitsPass(seed, { map: 2, parameters: [1] })).toBe(false)
        expect(orbitsPass(seed, { map: 1, parameters: [2] })).toBe(false)
      }),
      { numRuns: 5 },
    )
  })

  test('any features pick a valid parameter, wherever their bytes lie', () => {
    fc.assert(
      fc.property(seeds, fc.nat(7), (digest, shift) => {
        const shifted = new Uint8Array(48).subarray(shift, shift + 32)
        shifted.set(digest)
        expect(validChaos(chaosFromFeatures(digest))).toBe(true)
        expect(chaosFromFeatures(shifted)).toEqual(chaosFromFeatures(digest))
      }),
    )
  })
})
