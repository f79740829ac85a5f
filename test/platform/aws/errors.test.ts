/** Advice that fits: who is refused learns what to change, and nobody is told to wait for what will not pass. */
import { expect, test } from 'vitest'
import { atBorder } from '../../../shared/platform/aws/errors.ts'

const refused = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('Zaphod'), { name, $metadata: { httpStatusCode } })
const textOf = (error: unknown) => String(atBorder('calling', error))

test.each([
  ['InvalidClientTokenId', 403, /does not accept the credentials/],
  ['SignatureDoesNotMatch', 403, /does not accept the credentials/],
  ['AccessDenied', 403, /your own credentials/],
  ['SomethingNew', 400, /AWS refused it, and will again/],
  ['SomethingNew', 503, /did not answer: it is tried again/],
  ['RequestTimeout', 408, /did not answer: it is tried again/],
])('%s (%i)', (name, status, advice) => {
  expect(textOf(refused(name, status))).toMatch(advice)
  expect(textOf(refused(name, status))).not.toContain('Zaphod')
})

test('a region that nobody set', () => {
  expect(textOf(new Error('Region is missing'))).toMatch(/set AWS_REGION/)
})
