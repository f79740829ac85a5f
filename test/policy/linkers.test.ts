/** Who may link what: patterns match whole principals, and the highest tier that one of them gives counts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { highestTier, matches, mayLink } from '../../shared/policy/linkers.ts'
import { TIERS } from '../../shared/policy/types.ts'

const ROLE = 'arn:aws:sts::000000000000:assumed-role/Radiology/ford'

test.each([
  ['*', ROLE, true],
  [ROLE, ROLE, true],
  ['arn:aws:sts::*:assumed-role/Radiology/*', ROLE, true],
  ['*ford', ROLE, true],
  ['*Radiology*', ROLE, true],
  ['*Radiology', ROLE, false],
  ['assumed-role*', ROLE, false],
  ['arn:aws:sts::000000000000:assumed-role/Radio', ROLE, false],
  ['arn.aws.sts.*', ROLE, false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a**b', 'ab', true],
  ['', '', true],
  ['', 'x', false],
])('%s and %s: %s', (pattern, principal, expected) => {
  expect(matches(pattern, principal)).toBe(expected)
})

test('a pattern means what the regular expression with its characters escaped means', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '/'), maxLength: 8 })
  fc.assert(
    fc.property(short, short, (pattern, principal) => {
      const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
      expect(matches(pattern, principal)).toBe(new RegExp(`^${source.join('[^]*')}$`).test(principal))
    }),
  )
})

test('without a section everybody may link everything; with an empty one nobody anything', () => {
  for (const tier of TIERS) {
    expect(mayLink(undefined, 'anybody', tier)).toBe(true)
    expect(mayLink([], 'anybody', tier)).toBe(false)
  }
})

test('of several entries that match the highest counts, and no tier above it', () => {
  const linkers = [
    { principal: '*', highest: 'internal' },
    { principal: '*Radiology*', highest: 'confidential' },
    { principal: '*Radiology*', highest: 'public' },
  ] as const
  expect([highestTier(linkers, ROLE), highestTier(linkers, 'marvin')]).toEqual(['confidential', 'internal'])
  expect(TIERS.map((tier) => mayLink(linkers, ROLE, tier))).toEqual([true, true, true, false])
})
