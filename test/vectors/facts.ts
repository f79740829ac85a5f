/** Refused by section 3: facts outside the schema, or in another encoding than the one. Everything else is recomputed. */
import { facts, type Refused, refused } from './recipe.ts'

/** 900 arrays, one in the other. */
const NESTED = '81'.repeat(900)

const schema: readonly Refused[] = [
  refused('facts-suite-3', '3', 'suite 3, for the rest as suite 1', { facts: { suite: 3 } }),
  refused('facts-tier-4', '3', 'tier 4', { facts: { tier: 4 } }),
  refused('facts-created-2-to-53', '3', 'created at 2^53', facts({ 3: '031b0020000000000000' })),
  refused(
    'facts-length-2-to-52',
    '3',
    'a length of 2^52: one byte more than any object; no file is as long, so that section 2 refuses it as well',
    { facts: { plaintextLength: 2 ** 52 } },
  ),
  refused('facts-unknown-transform', '3', 'transform 02, reserved', facts({ 6: '064102' })),
  refused('facts-transform-twice', '3', 'transforms 0101', facts({ 6: '06420101' })),
  refused('facts-transform-as-text', '3', 'transform 01 as a text of one byte', facts({ 6: '066101' })),
  refused('facts-unknown-key', '3', 'a ninth fact', facts({ 9: '0901' })),
  refused('facts-without-creation', '3', 'no creation time', facts({ 3: '' })),
  refused('facts-parent-alone', '3', 'a parent without a rendition', facts({ 7: `0750${'ab'.repeat(16)}` })),
  refused('facts-rendition-alone', '3', 'a rendition without a parent', facts({ 8: '0801' })),
  refused('facts-rendition-3', '3', 'rendition 3 of a parent', facts({ 7: `0750${'ab'.repeat(16)}`, 8: '0803' })),
]

const encoding: readonly Refused[] = [
  refused('facts-unsorted', '3', 'keys 1 and 2 swapped', facts({}, { order: [2, 1, 3, 4, 5, 6] })),
  refused('facts-key-twice', '3', 'the tier twice, both times the same', facts({ 4: '04020402' }, { head: 'a7' })),
  refused('facts-float', '3', 'tier 2.0 as a half-precision float', facts({ 4: '04f94000' })),
  refused('facts-tag', '3', 'a tag in front of the creation time', facts({ 3: '03c11a6ab13b80' })),
  refused('facts-null', '3', 'parent and rendition null', facts({ 7: '07f6', 8: '08f6' })),
  refused('facts-negative', '3', 'created at -1', facts({ 3: '0320' })),
  refused('facts-longer-integer', '3', 'tier 2 in two bytes', facts({ 4: '041802' })),
  refused('facts-longer-key', '3', 'key 4 in two bytes', facts({ 4: '180402' })),
  refused('facts-longer-length', '3', "the transforms' length in two bytes", facts({ 6: '06580101' })),
  refused('facts-indefinite-map', '3', 'a map of indefinite length', facts({}, { head: 'bf', tail: 'ff' })),
  refused('facts-indefinite-bytes', '3', 'transforms of indefinite length', facts({ 6: '065f4101ff' })),
  refused('facts-byte-behind', '3', 'a zero byte behind the map, within the facts', facts({}, { tail: '00' })),
  refused('facts-nested', '3', '900 nested arrays where the creation time belongs', facts({ 3: `03${NESTED}00` })),
]

export const FACTS: readonly Refused[] = [
  ...schema,
  ...encoding,
  refused(
    'facts-flipped',
    '6.2',
    'the tier was changed from 2 to 0 in place',
    {},
    // Fact 4 stands behind the head of the facts, the suite, the object id and the creation time.
    { change: ({ object }) => object.with(6 + 1 + 2 + 18 + 6 + 1, 0) },
  ),
]
