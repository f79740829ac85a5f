/** Metadata as S3's headers carry it: ours comes back exactly, and that of other uploaders as they meant it. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeMetadata, encodeMetadata } from '../../shared/platform/aws/metadata.ts'

it('any text comes back exactly, from printable ASCII without space at its ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
      const { name = '' } = encodeMetadata({ name: text })
      expect(name).toMatch(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/)
      expect(decodeMetadata({ name })).toEqual({ name: text })
    }),
  )
})

it.each(['', ' a', 'a ', 'a\r\nb', '=?UTF-8?B?YQ==?=', 'x =?UTF-8?Q?a?=', '100%', 'a%2fb'])('so does %j', (text) => {
  expect(decodeMetadata(encodeMetadata({ name: text }))).toEqual({ name: text })
})

it.each([
  ['=?UTF-8?Q?=C3=9Cberblick_=E2=80=93_1?=', 'Überblick – 1'],
  ['=?utf-8?b?w5w=?= =?UTF-8?B?YQ==?=', 'Üa'],
  ['=?UTF-8?B?w?= =?x?', '=?UTF-8?B?w?= =?x?'],
  ['=?ISO-8859-1?Q?=DC?=', '=?ISO-8859-1?Q?=DC?='],
  ['plain', 'plain'],
])('reads %j as %j', (sent, meant) => {
  expect(decodeMetadata({ name: sent })).toEqual({ name: meant })
})

it('refuses what S3 would', () => {
  expect(() => encodeMetadata({ name: 'é'.repeat(760) })).not.toThrow()
  expect(() => encodeMetadata({ name: 'é'.repeat(770) })).toThrow(RangeError)
})
