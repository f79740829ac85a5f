/** The arithmetic behind published numbers: which way a ratio goes, when a target is reached, what a median is. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judged, textOf } from '../../bench/line.ts'
import { interleave, quantile, summary, timesAsFast, timesAsLong } from '../../bench/rounds.ts'
import { BENCHES } from '../../bench/table.ts'

const seconds = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 50 })

describe('quantiles', () => {
  test('lie within the values, in order, and do not depend on the order of rounds', () => {
    fc.assert(
      fc.property(seconds, (values) => {
        const { median, spread } = summary(values)
        expect(spread[0]).toBeLessThanOrEqual(median)
        expect(median).toBeLessThanOrEqual(spread[1])
        expect(Math.min(...values)).toBeLessThanOrEqual(spread[0])
        expect(spread[1]).toBeLessThanOrEqual(Math.max(...values))
        expect(summary(values.toReversed())).toEqual({ median, spread })
      }),
    )
  })

  test('are those of the textbook', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([5, 1, 3], 0.5)).toBe(3)
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
  })

  test('of nothing are an error, not a number', () => {
    expect(() => summary([])).toThrow(RangeError)
  })
})

describe('a ratio', () => {
  const times = new Map([
    ['ours', [1, 2, 4]],
    ['theirs', [10, 20, 20]],
  ])

  test('of speeds is above 1 for the faster, round by round', () => {
    expect(timesAsFast(times, 'ours', 'theirs')).toEqual([10, 10, 5])
  })

  test('of times is above 1 for the slower', () => {
    expect(timesAsLong(times, 'theirs', 'ours')).toEqual([10, 10, 5])
  })
})

test('a target is reached at its very value, and not beyond', () => {
  expect(judged(0.8, { atLeast: 0.8 })).toEqual({ target: 0.8, ok: true })
  expect(judged(0.79, { atLeast: 0.8 })).toEqual({ target: 0.8, ok: false })
  expect(judged(2, { atMost: 2 })).toEqual({ target: 2, ok: true })
  expect(judged(2.01, { atMost: 2 })).toEqual({ target: 2, ok: false })
  expect(judged(1, {})).toEqual({})
})

test('a missed target is said aloud', () => {
  const line = { bench: 'b', metric: 'm', value: 1, unit: 's', ...judged(1, { atLeast: 2 }) }
  expect(textOf(line)).toContain('MISSED')
  expect(textOf({ ...line, ...judged(3, { atLeast: 2 }) })).not.toContain('MISSED')
})

test('every contestant runs in every round, and warming up is not counted', async () => {
  const ran: string[] = []
  const contestants = ['a', 'b', 'c'].map((name) => ({ name, run: () => void ran.push(name) }))
  const times = await interleave(contestants, 5, 2)
  for (const { name } of contestants) expect(times.get(name)).toHaveLength(5)
  for (let round = 0; round < 7; round++) {
    expect(ran.slice(3 * round, 3 * round + 3).sort()).toEqual(['a', 'b', 'c'])
  }
})

test('a turn of many runs gives the time of one', async () => {
  let runs = 0
  const times = await interleave([{ name: 'a', times: 7, run: () => void runs++ }], 3, 1)
  expect(runs).toBe(28)
  expect(times.get('a')).toHaveLength(3)
})

test('every benchmark in the list can be loaded', async () => {
  const names = Object.keys(BENCHES)
  expect(names).toEqual(expect.arrayContaining(['vault', 'wrap', 'seal', 'open', 'assess']))
  for (const name of names) expect((await BENCHES[name]?.load())?.bench).toBeTypeOf('function')
})
