/** What the sealer tests of an orbit: short cycles and uneven draws are found, sound orbits pass. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chaosFromFeatures, cycleLength, KNOWN_GOOD, orbitsPass, unevenness } from '../../shared/chaos/checks.ts'
import { type ChaoticMap, mapById } from '../../shared/chaos/maps.ts'
import { validChaos } from '../../shared/chaos/permutation.ts'

const LIMIT = 69.1
const word = fc.nat(2 ** 32 - 1)
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

function registered(id: number): ChaoticMap {
  const map = mapById(id)
  if (!map) throw new Error(`map ${id} is gone`)
  return map
}
const standard = () => registered(1)

/** A tail of `tail` states, then round a cycle of `length` for ever. */
function planted(tail: number, length: number): ChaoticMap {
  return {
    ...standard(),
    run(state, _parameters, xs, ws) {
      for (let i = 0; i < xs.length; i++) {
        state.x = state.x + 1 === tail + length ? tail : state.x + 1
        xs[i] = state.x
        ws?.fill(state.w)
      }
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

describe('a short cycle that fills every bin alike', () => {
  /** Steps through 32 bins of draws, one after the other; the other word goes on by `step`. */
  const through = (step: number): ChaoticMap => ({
    ...standard(),
    run(state, _parameters, xs, ws) {
      for (let i = 0; i < xs.length; i++) {
        state.x = xs[i] = (state.x + 2 ** 27) >>> 0
        state.w = (state.w + step) >>> 0
        if (ws) ws[i] = state.w
      }
    },
  })
  const passes = (map: ChaoticMap) => orbitsPass(new Uint8Array(32), { map: 1, parameters: [1] }, () => map)

  test('is refused for its length alone', () => {
    expect(unevenness(through(0), [1], 0, 0)).toBe(0)
    expect(cycleLength(through(0), [1], 0, 0)).toBe(32)
    expect(passes(through(0))).toBe(false)
  })

  test('and accepted where the same draws come from states that do not return', () => {
    expect(passes(through(1))).toBe(true)
  })
})

describe('unevenness', () => {
  test('is 0 for draws that fill every bin alike', () => {
    let x = 0
    const even: ChaoticMap = {
      ...standard(),
      run(_state, _parameters, xs) {
        for (let i = 0; i < xs.length; i++) {
          x = (x + 2 ** 27) >>> 0
          xs[i] = x
        }
      },
    }
    expect(unevenness(even, [], 0, 0)).toBe(0)
  })

  test('is as large as can be for a constant', () => {
    const still: ChaoticMap = { ...standard(), run: (state, _parameters, xs) => void xs.fill(state.x) }
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
})

describe('the orbits of map 2', () => {
  const odd = word.map((value) => (value | 1) >>> 0)
  const seedOf = (x: number, w: number) => {
    const seed = new Uint8Array(24 + 8)
    for (const at of [0, 8, 16]) {
      new DataView(seed.buffer).setUint32(at, x)
      new DataView(seed.buffer).setUint32(at + 4, w)
    }
    return seed
  }

  test('pass for nearly all parameters and starts', () => {
    const samples = fc.sample(fc.tuple(odd, odd, word, word), { numRuns: 400, seed: 4 })
    const passed = samples.filter(([a, b, x, w]) => orbitsPass(seedOf(x, w), { map: 2, parameters: [a, b] }))
    expect(passed.length).toBeGreaterThanOrEqual(398)
  })

  test('known good: no short cycle from any start, and even draws from all but one in thousands', () => {
    const { knownGood } = registered(2)
    expect(knownGood).toEqual([0x85ebca6b, 0xc2b2ae35])
    const starts = fc.sample(fc.tuple(word, word), { numRuns: 400, seed: 5 })
    for (const [x, w] of starts) expect(cycleLength(registered(2), knownGood, x, w)).toBeUndefined()
    expect(starts.filter(([x, w]) => unevenness(registered(2), knownGood, x, w) >= LIMIT).length).toBeLessThanOrEqual(2)
  })

  test('parameters 1 and 1 run into short cycles of their own, and none of those passes', () => {
    const starts = fc.sample(fc.tuple(word, word), { numRuns: 100, seed: 6 })
    const cycles = starts.filter(([x, w]) => cycleLength(registered(2), [1, 1], x, w) !== undefined)
    expect(cycles.length).toBeGreaterThan(0)
    for (const [x, w] of cycles) expect(orbitsPass(seedOf(x, w), { map: 2, parameters: [1, 1] })).toBe(false)
  })
})

describe('a choice of map and parameters', () => {
  test('does not pass with a map or parameter that readers refuse', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(orbitsPass(seed, { map: 3, parameters: [1] })).toBe(false)
        expect(orbitsPass(seed, { map: 2, parameters: [1] })).toBe(false)
        expect(orbitsPass(seed, { map: 1, parameters: [2] })).toBe(false)
      }),
      { numRuns: 5 },
    )
  })

  test('differs with the features, over both maps', () => {
    const digests = fc.sample(seeds, { numRuns: 64, seed: 7 })
    const choices = digests.map(chaosFromFeatures)
    expect(new Set(choices.map(({ map }) => map))).toEqual(new Set([1, 2]))
    expect(new Set(choices.map((choice) => JSON.stringify(choice))).size).toBe(64)
  })

  test('is valid for any features, wherever their bytes lie', () => {
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
