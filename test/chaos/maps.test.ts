/** The integer maps and orbits of docs/FORMAT.md section 8.1, against exact arithmetic. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logistic, mapById, type State } from '../../shared/chaos/maps.ts'
import { orbit, shuffle } from '../../shared/chaos/orbit.ts'

const M = 1n << 32n
const word = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 16 - 1, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
  fc.nat(2 ** 32 - 1),
)
const odd = word.map((value) => (value | 1) >>> 0)

function exactLogistic(x: bigint): bigint {
  return ((x * (M - x)) / (1n << 30n)) % M
}

function standard() {
  const map = mapById(1)
  if (!map) throw new Error('map 1 is gone: its objects would no longer open')
  return map
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
        standard().advance(state, [k])
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
        standard().advance(state, [k])
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

  test('is the only one', () => {
    for (const id of [-1, 0, 2, 99, 1.5, Number.NaN]) expect(mapById(id)).toBeUndefined()
  })
})

describe('an orbit', () => {
  test('is advanced 16 times before its first draw', () => {
    const state: State = { x: 7, w: 9 }
    for (let i = 0; i < 17; i++) standard().advance(state, [3])
    expect(orbit(standard(), [3], 7, 9)()).toBe(state.x)
  })
})

describe('shuffle', () => {
  const draws = fc.infiniteStream(word)

  test('is a permutation with exactly n-1 draws, whatever is drawn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), draws, (n, stream) => {
        let drawn = 0
        const p = shuffle(() => {
          drawn++
          return stream.next().value ?? 0
        }, n)
        expect(drawn).toBe(n - 1)
        expect([...p].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
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
        let at = 0
        expect([...shuffle(() => values[at++] ?? 0, values.length + 1)]).toEqual(expected)
      }),
    )
  })
})
