/**
 * A stack that goes over from seeds to AWS KMS's own ML-KEM keys: what it sealed before opens as before, is rewrapped, and the
 * seed is then needed no more. MiniStack, and a server of ours for `Decapsulate`: not verified on AWS.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kemAlias } from '../../shared/platform/aws/keyGeneration.ts'
import { rotateKeys } from '../../shared/platform/aws/keyMaking.ts'
import { listKeys } from '../../shared/platform/aws/keyRetiring.ts'
import { openSecretStore } from '../../shared/platform/aws/secretValue.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { LEVELS } from '../../shared/platform/mlkem.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { useEmulator } from '../platform/aws/keyStack.ts'
import { smallPicture } from '../support/world.ts'
import type { Emulator } from './emulator.ts'
import { arrived, deliver, type Upload, upload, vaultEvents } from './faults/delivery.ts'
import { functionsOf } from './faults/functions.ts'
import { truthOf } from './faults/invariants.ts'
import { makeTestStack, quick } from './faults/stack.ts'
import { type KemKmsKey, startKemKms } from './kemKms.ts'
import { startMiniStack } from './ministack.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
})
afterAll(() => emulator[Symbol.asyncDispose]())

test('generations of both custodies open, are rewrapped into the newer one, and the older one is then retired', async () => {
  const stack = await makeTestStack(emulator)
  const { seedPrefix } = stack.origin
  const kemKeys = LEVELS.map(
    (level): KemKmsKey => ({
      arn: `arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-00000000${level}`,
      ...{ alias: kemAlias(seedPrefix, 2, level), level, seed: primitives.random(64), state: 'Enabled' },
    }),
  )
  await using kemKms = await startKemKms(kemKeys, emulator.endpoint)
  const settings = quick(kemKms.endpoint, { requestTimeoutMs: 30_000 })
  const tell = vaultEvents(stack, emulator.endpoint)
  // Each time anew: what a function knows of the register is seconds old.
  const fresh = () => functionsOf(stack, settings)
  const sealOne = async (seed: number) => {
    const file = await upload(stack, await smallPicture(seed))
    const { seal, verify, told } = fresh()
    await deliver(seal, [arrived(stack, file)])
    await deliver(verify, await tell())
    expect(told.errors).toEqual([])
    return file
  }
  const contentsOf = async (file: Upload) => {
    const { contents, committedAs } = truthOf(stack, kemKms.endpoint)
    return contents((await committedAs(file)) ?? '')
  }
  const allOpen = async (files: readonly Upload[]) => {
    for (const file of files) expect((await contentsOf(file)).equals(file.bytes)).toBe(true)
  }

  const before = await sealOne(1)
  await rotateKeys(stack.place, { custody: 'kms', seedPrefix }, { primitives, settings })
  const files = [before, await sealOne(2)]
  const listed = await listKeys(stack.place, settings)
  expect(listed?.generations.map(({ custody }) => custody)).toEqual(['seed', 'kms'])
  await allOpen(files)

  const { rewrap, keys } = fresh()
  expect(await rewrap({})).toMatchObject({ done: true, failed: 0, rewrapped: 3, current: 3 })
  const [old = '', current = ''] = listed?.generations.map(({ keyId }) => keyId) ?? []
  const need = await rewrap({ need: { keyId: old, others: [current] } })
  expect(await keys({ action: 'retire', generation: 1, need })).toMatchObject({ changed: true })
  expect(await openSecretStore().read(`${seedPrefix}/1`)).toHaveLength(64)
  await allOpen(files)
  // Without KMS's keys nothing opens any more: it is they that hold it now.
  for (const key of kemKeys) key.state = 'Disabled'
  await expect(contentsOf(before)).rejects.toThrow(Unavailable)
})
