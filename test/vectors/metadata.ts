/** Refused by section 5 (and 8.1): metadata that a sealer who has the DEK made, padded, sealed and bound as it should be. */
import { KNOWN_GOOD } from '../../shared/chaos/checks.ts'
import { concat, hex } from '../../shared/keys/encoding.ts'
import { pattern } from '../support/memory.ts'
import { flipped, metadata, type Refused, refused } from './recipe.ts'

const utf8 = (value: string) => hex(new TextEncoder().encode(value))
/** Entry 12, and entry 4 with a text of under 24 bytes, its bytes as given. */
const score = (encoded: string) => metadata({ 12: `0c${encoded}` })
const fileName = (encoded: string) => metadata({ 4: `04${encoded}` })

const sealing: readonly Refused[] = [
  refused('metadata-tag-flipped', '5', 'the last byte of the sealed metadata, the MAC made over it', {
    sealed: (sealed) => flipped(sealed, -1),
  }),
  refused('padding-not-zero', '5', 'a byte of the padding is 1, sealed validly', {
    meta: (meta) => flipped(meta, -1),
  }),
  refused('padding-too-long', '5', 'a page of zeros too many, sealed validly', {
    meta: (meta) => concat(meta, new Uint8Array(4096)),
  }),
]

const schema: readonly Refused[] = [
  refused('metadata-unknown-key', '5', 'a sixteenth entry', metadata({ 16: '1000' })),
  refused('metadata-without-digest', '5', 'no plaintext digest', metadata({ 2: '' })),
  refused('metadata-without-random', '5', 'no random bytes', metadata({ 1: '' })),
  refused('metadata-empty-name', '5', 'a file name of no bytes', { metadata: { fileName: '' } }),
  refused('metadata-long-name', '5', 'a file name of 600 characters, which are 1,200 bytes', {
    metadata: { fileName: 'ü'.repeat(600) },
  }),
  refused('metadata-byte-order-mark', '5', 'a file name that begins with U+FEFF', {
    metadata: { fileName: '\uFEFFa.jpg' },
  }),
  refused('metadata-width-alone', '5', 'a width without a height', metadata({ 5: '0507' })),
  refused('metadata-height-0', '5', 'a height of 0', { metadata: { dimensions: { width: 7, height: 0 } } }),
  refused('metadata-detections-257', '5', '257 detections', {
    metadata: { detections: Array.from({ length: 257 }, () => ({ kind: 'face', score: 1 })) },
  }),
  refused('metadata-detection-key', '5', 'a detection with an entry 4', metadata({ 7: '0781a301616102010400' })),
  refused('metadata-box-of-3', '5', 'a box of three integers', metadata({ 7: '0781a301616102010383010203' })),
  refused('metadata-score-10001', '5', 'a score of 10,001', { metadata: { score: 10_001 } }),
  refused('metadata-source-of-3', '5', 'a source of three texts', metadata({ 10: '0a83616161626163' })),
  refused('metadata-rendition-twice', '5', 'two previews', {
    metadata: { renditions: [{ kind: 1, objectId: pattern(16) }, { kind: 1, objectId: pattern(16, 2) }] }, // biome-ignore format: two
  }),
  refused('metadata-rendition-of-rendition', '5', 'a rendition that has renditions, none of them', {
    facts: { rendition: { parent: pattern(16, 11), kind: 1 } },
    metadata: { renditions: [] },
  }),
]

const chaos: readonly Refused[] = [
  refused('chaos-without-transform', '5', 'a chaos entry, but no transform 01 among the facts', {
    facts: { permuted: false },
    metadata: { chaos: KNOWN_GOOD },
  }),
  refused('chaos-missing', '5', 'transform 01 among the facts, but no chaos entry', metadata({ 11: '' })),
  refused('chaos-unknown-map', '8.1', 'map 99, sealed validly', { metadata: { chaos: { map: 99, parameters: [1] } } }),
  refused('chaos-even-parameter', '8.1', 'map 1 with an even K, sealed validly', {
    metadata: { chaos: { map: 1, parameters: [2] } },
  }),
  refused('chaos-no-parameter', '8.1', 'map 1 without a parameter', {
    metadata: { chaos: { map: 1, parameters: [] } },
  }),
  refused('chaos-two-parameters', '8.1', 'map 1 with two parameters', {
    metadata: { chaos: { map: 1, parameters: [3, 3] } },
  }),
  refused('chaos-map-2-one-parameter', '8.1', 'map 2 with one parameter', {
    metadata: { chaos: { map: 2, parameters: [3] } },
  }),
  refused('chaos-map-2-even-parameter', '8.1', 'map 2 with an even b', {
    metadata: { chaos: { map: 2, parameters: [3, 4] } },
  }),
  refused('chaos-large-parameter', '5', 'map 1 with the parameter 2^32 + 1', {
    metadata: { chaos: { map: 1, parameters: [2 ** 32 + 1] } },
  }),
]

const encoding: readonly Refused[] = [
  refused('metadata-unsorted', '5', 'keys 2 and 3 swapped', metadata({}, { order: [1, 3, 2, 11] })),
  refused(
    'metadata-key-twice',
    '5',
    'the score twice, both times the same',
    metadata({ 12: '0c010c01' }, { head: 'a6' }),
  ),
  refused('metadata-float', '5', 'a score of 1.0 as a half-precision float', score('f93c00')),
  refused('metadata-negative', '5', 'a score of -1', score('20')),
  refused('metadata-longer-integer', '5', 'a score of 1 in three bytes', score('190001')),
  refused('metadata-null', '5', 'a score of null', score('f6')),
  refused('metadata-tag', '5', 'a tag in front of the file name', fileName('c0616e')),
  refused('metadata-bad-utf8', '5', 'a file name with a lone continuation byte', fileName('626e80')),
  refused('metadata-overlong-utf8', '5', 'a file name with a slash of two bytes', fileName('63c0af6e')),
  refused('metadata-surrogate', '5', 'a file name with half of a surrogate pair', fileName('64eda0806e')),
  refused('metadata-longer-length', '5', "the file name's length in two bytes", fileName('78016e')),
  refused('metadata-indefinite-text', '5', 'a file name in two pieces', fileName('7f616e616dff')),
  refused(
    'metadata-indefinite-array',
    '5',
    'reasons of indefinite length',
    metadata({ 15: `0f9f64${utf8('face')}ff` }),
  ),
  refused('metadata-indefinite-map', '5', 'a map of indefinite length', metadata({}, { head: 'bf', tail: 'ff' })),
  refused('metadata-byte-behind', '5', 'a zero byte behind the map, counted as CBOR', metadata({}, { tail: '00' })),
  refused('metadata-nested', '5', '3,000 nested arrays for a score', score(`${'81'.repeat(3000)}00`)),
]

export const METADATA: readonly Refused[] = [...sealing, ...schema, ...chaos, ...encoding]
