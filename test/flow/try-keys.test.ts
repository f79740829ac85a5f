/** What doctor asks of a stack's keys: a round trip that fails when any service behind it does. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rewrapHandler } from '../../functions/rewrap/handler.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { makeWorld, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const ask = (ports: Parameters<typeof rewrapHandler>[0]) => rewrapHandler(ports, () => {})({ try: 'keys' })

test('keys that open what they seal are told so', async () => {
  expect(await ask(world.ports)).toEqual({ opens: true })
})

test('a data key that nobody may use, or a seed that is gone, is not', async () => {
  const refuse = async () => {
    throw new Unavailable('the KMS key is disabled')
  }
  const { keyring } = world.ports
  const disabled = { ...keyring, keyService: { ...keyring.keyService, decrypt: refuse } }
  const gone = { ...keyring, custody: { ...keyring.custody, decapsulate: refuse } }
  for (const broken of [disabled, gone]) {
    await expect(ask({ ...world.ports, keyring: broken })).rejects.toThrow(Unavailable)
  }
  await expect(ask({ ...world.ports, dataKeys: { generateDataKey: refuse } })).rejects.toThrow(Unavailable)
})
