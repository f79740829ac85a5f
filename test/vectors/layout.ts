/** Refused by section 2, sizes and magic, and by section 9, where a catalogue names another object. */
import { concat, hex, text, u8 } from '../../shared/keys/encoding.ts'
import { honestChunks } from '../support/forge.ts'
import { pattern } from '../support/memory.ts'
import { type Refused, refused } from './recipe.ts'

export const LAYOUT: readonly Refused[] = [
  refused('empty', '2', 'no bytes at all', {}, { change: () => new Uint8Array(0) }),
  refused('cut-by-one', '2', 'the last byte is missing', {}, { change: ({ object }) => object.subarray(0, -1) }),
  refused('one-too-many', '2', 'one byte behind the end', {}, { change: ({ object }) => concat(object, u8(0)) }),
  refused(
    'fifteen-too-many',
    '2',
    'fifteen bytes behind the end',
    {},
    { change: ({ object }) => concat(object, new Uint8Array(15)) },
  ),
  refused('magic-of-another-version', '2', 'begins with SLV2, everything else recomputed', { magic: text('SLV2') }),
  refused(
    'metadata-off-the-page',
    '2',
    'sealed metadata of 4,128 bytes: 16 bytes of padding too many, sealed validly',
    {
      meta: (meta) => concat(meta, new Uint8Array(16)),
    },
  ),
  refused('last-chunk-left-out', '2', '16,384 bytes without the empty last chunk, all keys right', {
    plaintext: pattern(16_384),
    chunks: (plaintext, keys) => honestChunks(plaintext, keys).slice(0, 1),
  }),
  ...[1, 15].map((length) =>
    refused(`last-chunk-of-${length}`, '2', `16,384 bytes, and ${length} of the 16 bytes of the empty last chunk`, {
      plaintext: pattern(16_384),
      chunks(plaintext, keys) {
        const [first = new Uint8Array(0), last = new Uint8Array(0)] = honestChunks(plaintext, keys)
        return [first, last.subarray(0, length)]
      },
    }),
  ),
  refused('length-too-long', '2', 'the facts claim one byte more than the authentic body holds', {
    facts: { plaintextLength: 101 },
  }),
  refused('length-too-short', '2', 'the facts claim one byte less than the authentic body holds', {
    facts: { plaintextLength: 99 },
  }),
  refused(
    'catalogue-names-another',
    '9',
    'an authentic object in the place of another',
    {},
    {
      named: ({ headDigest }) => ({ expect: { id: '00'.repeat(16), headDigest: hex(headDigest) } }),
    },
  ),
  refused(
    'catalogue-names-another-head',
    '9',
    'the right object id, but another sealing of it',
    {},
    {
      named: ({ binding }) => ({ expect: { id: hex(binding.objectId), headDigest: '00'.repeat(32) } }),
    },
  ),
]
