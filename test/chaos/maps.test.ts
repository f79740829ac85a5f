/** The integer maps and orbits of docs/FORMAT.md section 8.1, against exact arithmetic. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChaoticMap, logistic, mapById, type State, tent } from '../../shared/chaos/maps.ts'
import { draws, shuffle } from '../../shared/chaos/orbit.ts'

const M = 1n << 32n
const word = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 16 - 1, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
  fc.nat(2 ** 32 - 1),
)
const odd = word.map((value) => (value | 1) >>> 0)

function exactLogistic(x: bigint): bigint {
  return ((x * (M - x)) / (1n << 30n)) % M
}

function registered(id: number): ChaoticMap {
  const map = mapById(id)
  if (!map) throw new Error(`map ${id} is gone: its objects would no longer open`)
  return map
}
const standard = () => registered(1)
const cat = () => registered(2)

function exactTent(x: bigint): bigint {
  return x < M / 2n ? 2n * x : 2n * M - 1n - 2n * x
}

/** One step, in place, and what it wrote. */
function advance(map: ChaoticMap, state: State, parameters: readonly number[]): void {
  const [xs, ws] = [new Uint32Array(1), new Uint32Array(1)]
  map.run(state, parameters, xs, ws)
  expect([xs[0], ws[0]]).toEqual([state.x, state.w])
}

describe('map 1', () => {
  test('the kick is floor(x * (2^32 - x) / 2^30) mod 2^32, exactly', () => {
    fc.assert(
      fc.property(word, (x) => {
        expect(BigInt(logistic(x))).toBe(exactLogistic(BigInt(x)))
      }),
      { numRuns: 20_000 },
    )
  })

  test('advances as the spec says, in integers of any size', () => {
    fc.assert(
      fc.property(word, word, odd, (x, w, k) => {
        const state: State = { x, w }
        advance(standard(), state, [k])
        const nextW = (BigInt(w) + BigInt(k) * exactLogistic(BigInt(x)) + 0x9e3779b9n) % M
        expect([BigInt(state.w), BigInt(state.x)]).toEqual([nextW, (BigInt(x) + nextW) % M])
      }),
      { numRuns: 5000 },
    )
  })

  test('loses nothing: every step can be undone', () => {
    fc.assert(
      fc.property(word, word, odd, (x, w, k) => {
        const state: State = { x, w }
        advance(standard(), state, [k])
        const earlierX = (state.x - state.w) >>> 0
        const kick = (BigInt(k) * exactLogistic(BigInt(earlierX)) + 0x9e3779b9n) % M
        expect([earlierX, (BigInt(state.w) - kick + M) % M]).toEqual([x, BigInt(w)])
      }),
    )
  })

  test('takes one odd parameter of 32 bits and no other', () => {
    const { valid } = standard()
    fc.assert(
      fc.property(odd, (k) => {
        expect(valid([k])).toBe(true)
      }),
    )
    for (const parameters of [[], [0], [2], [2 ** 32], [2 ** 32 + 1], [-1], [1.5], [Number.NaN], [1, 1]]) {
      expect(valid(parameters)).toBe(false)
    }
  })
})

describe('map 2', () => {
  test('the fold is 2x below 2^31 and 2^33 - 1 - 2x from there on, and takes no value twice', () => {
    fc.assert(
      fc.property(word, word, (x, y) => {
        expect(BigInt(tent(x))).toBe(exactTent(BigInt(x)))
        if (x !== y) expect(tent(x)).not.toBe(tent(y))
      }),
      { numRuns: 20_000 },
    )
  })

  test('gives the known answer of the spec', () => {
    const state = { x: 2 ** 31, w: 0 }
    advance(cat(), state, [1, 1])
    expect(state).toEqual({ x: 0x1e3779b8, w: 0x9e3779b8 })
  })

  test('advances as the spec says, in integers of any size', () => {
    fc.assert(
      fc.property(word, word, odd, odd, (x, w, a, b) => {
        const state: State = { x, w }
        advance(cat(), state, [a, b])
        const nextW = (BigInt(w) + BigInt(a) * exactTent(BigInt(x)) + 0x9e3779b9n) % M
        expect([BigInt(state.w), BigInt(state.x)]).toEqual([nextW, (BigInt(x) + BigInt(b) * nextW) % M])
      }),
      { numRuns: 5000 },
    )
  })

  test('loses nothing: every step can be undone', () => {
    fc.assert(
      fc.property(word, word, odd, odd, (x, w, a, b) => {
        const state: State = { x, w }
        advance(cat(), state, [a, b])
        const earlierX = (state.x - Math.imul(b, state.w)) >>> 0
        const kick = (BigInt(a) * exactTent(BigInt(earlierX)) + 0x9e3779b9n) % M
        expect([earlierX, (BigInt(state.w) - kick + M) % M]).toEqual([x, BigInt(w)])
      }),
    )
  })

  test('takes two odd parameters of 32 bits and no other', () => {
    const { valid } = cat()
    fc.assert(
      fc.property(odd, odd, (a, b) => {
        expect(valid([a, b])).toBe(true)
      }),
    )
    for (const wrong of [0, 2, 2 ** 32, 2 ** 32 + 1, -1, 1.5, Number.NaN]) {
      expect(valid([wrong, 1])).toBe(false)
      expect(valid([1, wrong])).toBe(false)
    }
    for (const parameters of [[], [1], [1, 1, 1]]) expect(valid(parameters)).toBe(false)
  })
})

describe('the maps', () => {
  test('are these two', () => {
    for (const id of [-1, 0, 3, 99, 1.5, Number.NaN]) expect(mapById(id)).toBeUndefined()
  })

  test('run in one go as they do step by step', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2), word, word, odd, odd, fc.nat(40), (id, x, w, a, b, n) => {
        const parameters = id === 1 ? [a] : [a, b]
        const [whole, stepped] = [
          { x, w },
          { x, w },
        ]
        const xs = new Uint32Array(n)
        registered(id).run(whole, parameters, xs)
        for (const drawn of xs) {
          advance(registered(id), stepped, parameters)
          expect(drawn).toBe(stepped.x)
        }
        expect(whole).toEqual(stepped)
      }),
    )
  })
})

describe('an orbit', () => {
  test('is advanced 16 times before its first draw', () => {
    const state: State = { x: 7, w: 9 }
    for (let i = 0; i < 17; i++) advance(standard(), state, [3])
    expect([...draws(standard(), [3], 7, 9, 1)]).toEqual([state.x])
  })
})

describe('shuffle', () => {
  test('is a permutation, whatever is drawn', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 1023 }), (values) => {
        const p = shuffle(Uint32Array.from(values))
        expect([...p].sort((a, b) => a - b)).toEqual(Array.from({ length: values.length + 1 }, (_, i) => i))
      }),
      { numRuns: 60 },
    )
  })

  test('picks floor(draw * (i + 1) / 2^32), in integers of any size', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (values) => {
        const expected = Array.from({ length: values.length + 1 }, (_, i) => i)
        let next = 0
        for (let i = values.length; i >= 1; i--) {
          const j = Number((BigInt(values[next++] ?? 0) * BigInt(i + 1)) / M)
          ;[expected[i], expected[j]] = [expected[j] ?? 0, expected[i] ?? 0]
        }
        expect([...shuffle(Uint32Array.from(values))]).toEqual(expected)
      }),
    )
  })
})
