/** The comparison compares: each way opens what it sealed, the attacks tell the ways apart, and the page says what was found. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { compare } from '../../bench/compare.ts'
import { type Comparison, markdownOf, svgOf } from '../../bench/compare-report.ts'
import { PICTURES } from '../image/fixtures.ts'

let found: Comparison

beforeAll(async () => {
  const names = ['coffee.jpg', 'face.jpg', 'header.dcm']
  const pictures = names.map(async (name) => ({ name, bytes: await readFile(join(PICTURES, name)) }))
  found = await compare(await Promise.all(pictures), 1)
})

test('the adaptive way tells pictures apart, and the strictest keeps no preview', () => {
  expect(found.rows.map(({ tier }) => tier)).toEqual(['public', 'confidential', 'restricted'])
  expect(found.rows.map(({ protection }) => protection.preview)).toEqual(['clear', 'redacted', 'none'])
})

test('each way stores more than the picture, and renditions count', () => {
  for (const { bytes, stored } of found.rows) {
    expect(stored.plain).toBeGreaterThan(bytes)
    expect(stored.hybrid).toBeGreaterThan(stored.plain)
  }
  const [clear, , none] = found.rows
  expect(clear?.stored.adaptive).toBeGreaterThan(1.2 * (clear?.stored.hybrid ?? 0))
  expect(none?.stored.adaptive).toBe(none?.stored.hybrid)
})

test('only the plain way falls to the key service alone and to a swap, and none to a flipped bit', () => {
  const only = { plain: true, hybrid: false, adaptive: false }
  const none = { plain: false, hybrid: false, adaptive: false }
  expect(found.attacks).toEqual([
    { attack: 'open it with the key service alone', succeeded: only },
    { attack: 'open it with the ML-KEM key alone', succeeded: none },
    { attack: 'change one bit of it unnoticed', succeeded: none },
    {
      attack: 'put another picture of the same owner in its place',
      succeeded: only,
      failsFor: 'a reader who comes by the catalogue',
    },
  ])
})

test('page and plot show every picture', () => {
  const page = markdownOf(found, new Date(0))
  const plot = svgOf(found)
  for (const { name, tier } of found.rows) {
    expect(page).toContain(`| ${name} |`)
    expect(plot).toContain(`>${name}</text>`)
    expect(plot).toContain(`>${tier}</text>`)
  }
  expect(page).toContain('1970-01-01')
  expect(plot).not.toMatch(/NaN|undefined|Infinity/)
})
