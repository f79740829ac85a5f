/** S3 takes keys that no text of the format is, such as one that begins with a byte order mark: sealed, each comes back as it was. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { text } from '../../shared/keys/encoding.ts'
import { encodeMetadata, type Metadata, parseMetadata } from '../../shared/vault/metadata.ts'

const metadata: Metadata = { random: new Uint8Array(32), sha256: new Uint8Array(32), mediaType: 'image/png' }

function sealedSource(key: string) {
  const source = { bucket: 'intake', key, version: 'v', sequencer: '01' }
  return { source, encoded: encodeMetadata({ ...metadata, source }) }
}

test.each(['x', '\uFEFFx', '\uFEFF', '\uFEFF\uFEFFx', 'a\uFEFFb', '\0\uFEFFx', '\0x', '\0\0\uFEFF', '\0', '\uFFFE'])(
  'the key %j of an upload comes back as it was',
  (key) => {
    const { source, encoded } = sealedSource(key)
    expect(parseMetadata(encoded).source).toEqual(source)
  },
)

test.each([`\uFEFF${'x'.repeat(1021)}`, `${'\0'.repeat(1021)}\uFEFF`, '\uFEFF'.repeat(341), '😀'.repeat(256)])(
  'so does one of the length that S3 allows',
  (key) => {
    expect(text(key).length).toBeGreaterThan(1020)
    const { source, encoded } = sealedSource(key)
    expect(parseMetadata(encoded).source).toEqual(source)
  },
)

/** Any text of 1 to 1,024 bytes, and often what is peculiar at its beginning. */
const peculiar = fc.string({ unit: fc.constantFrom('\0', '\uFEFF', '\uFFFE', 'a'), maxLength: 6 })
const anything = fc.string({ unit: 'binary', maxLength: 340 })
const s3Key = fc
  .tuple(peculiar, anything)
  .map((parts) => parts.join(''))
  .filter((key) => key !== '' && text(key).length <= 1024)

test('so does any key that S3 takes, and no two are sealed alike', () => {
  fc.assert(
    fc.property(s3Key, s3Key, (key, other) => {
      const { source, encoded } = sealedSource(key)
      expect(parseMetadata(encoded).source).toEqual(source)
      if (key !== other) expect(sealedSource(other).encoded).not.toEqual(encoded)
    }),
    { numRuns: 1_000 },
  )
})
