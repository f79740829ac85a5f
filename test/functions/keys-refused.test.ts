/** What the keys function refuses is an answer, because what it throws rings. */
import { expect, test } from 'vitest'
import { answeringRefusals } from '../../functions/keys/refusals.ts'
import { RetiringRefused } from '../../shared/platform/aws/keyRetiring.ts'

test('retiring too early is answered and not thrown', async () => {
  const handler = answeringRefusals(async () => {
    throw new RetiringRefused('objects that still need generation 1: 3; rewrap them')
  })
  expect(await handler({})).toMatchObject({ error: 'objects that still need generation 1: 3; rewrap them' })
})

test('whatever else goes wrong is thrown as before', async () => {
  const handler = answeringRefusals(async () => {
    throw new Error('Zaphod')
  })
  await expect(handler({})).rejects.toThrow('Zaphod')
})
