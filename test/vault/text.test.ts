/** Text that a sealer may write: made of any file name, and always what strict readers accept. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { text } from '../../shared/keys/encoding.ts'
import { encodeMetadata, parseMetadata, sealableText } from '../../shared/vault/metadata.ts'

describe('sealable text', () => {
  test('of anything is what readers accept, and as much of it as fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        fc.integer({ min: 1, max: 40 }),
        (value, most) => {
          const kept = sealableText(`\uFEFF${value}`, most)
          expect(text(kept).length).toBeLessThanOrEqual(most)
          if (kept === '') return
          const named = { random: new Uint8Array(32), sha256: new Uint8Array(32), mediaType: 'a/b', fileName: kept }
          expect(parseMetadata(encodeMetadata(named))).toEqual(named)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('cuts between characters, never through one', () => {
    expect(sealableText('a😀b', 4)).toBe('a')
    expect(sealableText('a😀b', 5)).toBe('a😀')
    expect(sealableText('\ud83dx', 10)).toBe('\ufffdx')
  })
})
