/** A Range header, whatever it says, gives a range within the file, everything, or 416. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRange } from '../../shared/flow/range.ts'

test('any header gives a range within the length, all, or 416', () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `bytes=${a}-${b}`),
    fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()).map(([a, b]) => `bytes=${a}-${b}`),
    fc.tuple(fc.nat(50), fc.nat(50)).map(([a, b]) => `bytes=${a}-${b}`),
  )
  fc.assert(
    fc.property(header, fc.nat(40), (text, length) => {
      const range = parseRange(text, length)
      if (typeof range !== 'object') return
      expect(range.first).toBeGreaterThanOrEqual(0)
      expect(range.first).toBeLessThanOrEqual(range.last)
      expect(range.last).toBeLessThan(length)
    }),
    { numRuns: 1000 },
  )
})
