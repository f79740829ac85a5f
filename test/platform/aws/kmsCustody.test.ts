/**
 * KMS's own ML-KEM keys as the custody: the register and secrets on MiniStack, `Decapsulate` and `GetPublicKey` on a
 * server that speaks KMS's protocol. Not verified on AWS.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKemCustody } from '../../../shared/platform/aws/custody.ts'
import { kemAlias } from '../../../shared/platform/aws/keyGeneration.ts'
import { initKeys, rotateKeys } from '../../../shared/platform/aws/keyMaking.ts'
import { openKemPublicKeys, openKeyRegister } from '../../../shared/platform/aws/keyRegister.ts'
import { openKmsKeyService } from '../../../shared/platform/aws/keyService.ts'
import { openKmsKem } from '../../../shared/platform/aws/kmsCustody.ts'
import { openIndexKey, openLinkKeys } from '../../../shared/platform/aws/secrets.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { kemPrivateKey, kemPublicKeyOf, LEVELS } from '../../../shared/platform/mlkem.ts'
import { AuthenticationFailed, type KemLevel, Unavailable } from '../../../shared/platform/ports.ts'
import type { Emulator } from '../../aws/emulator.ts'
import { type KemKmsKey, startKemKms } from '../../aws/kemKms.ts'
import { startMiniStack } from '../../aws/ministack.ts'
import { describeKeys } from '../contract/keys.ts'
import { type KeyStack, makeKeyStack, useEmulator } from './keyStack.ts'

let emulator: Emulator
let made = 0
beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
})
afterAll(() => emulator[Symbol.asyncDispose]())

function kemKey(prefix: string, generation: number, level: KemLevel): KemKmsKey {
  const arn = `arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-${String(++made).padStart(12, '0')}`
  return { arn, alias: kemAlias(prefix, generation, level), level, seed: primitives.random(64), state: 'Enabled' }
}

async function stackWithKemKeys() {
  const stack: KeyStack = await makeKeyStack()
  const { seedPrefix } = stack.origin
  const keys = [1, 2].flatMap((generation) => LEVELS.map((level) => kemKey(seedPrefix, generation, level)))
  const kemKms = await startKemKms(keys, emulator.endpoint)
  const settings = { endpoint: kemKms.endpoint, maxAttempts: 1 }
  const origin = { custody: 'kms', seedPrefix } as const
  const ports = { primitives, settings }
  const register = openKeyRegister(stack.place.table)
  const custody = openKemCustody(register, seedPrefix, settings)
  return { ...{ stack, keys, kemKms, settings, origin, ports, register, custody } }
}

describeKeys(
  'aws with KMS custody',
  async () => {
    const { stack, origin, ports, register, custody, kemKms } = await stackWithKemKeys()
    const { place } = stack
    await initKeys(place, origin, ports)
    return {
      custody,
      publicKeys: openKemPublicKeys(register),
      keyService: openKmsKeyService({ keyArn: place.dataKeyArn, allowed: () => register.dataKeyArns() }),
      secrets: { ...openLinkKeys(place.linkSecret), ...openIndexKey(place.indexSecret) },
      close: async () => kemKms[Symbol.asyncDispose](),
    }
  },
  { authenticatesBlobs: false },
)

test('generations of both custodies open side by side', async () => {
  const { stack, origin, ports, register, custody, kemKms } = await stackWithKemKeys()
  await using _ = kemKms
  const first = await initKeys(stack.place, stack.origin, ports)
  const second = await rotateKeys(stack.place, origin, ports)
  expect((await register.readNow()).generations.map((one) => one.custody)).toEqual(['seed', 'kms'])
  for (const { keyId } of [first, second]) {
    const publicKey = await custody.publicKey(keyId, 768)
    if (publicKey === undefined) throw new Error('no key')
    const { ciphertext, sharedSecret } = primitives.kem.encapsulate(768, publicKey)
    expect(Buffer.from(await custody.decapsulate(keyId, 768, ciphertext)).equals(sharedSecret)).toBe(true)
  }
})

test('init tries the generation that seals where its own row says its keys are, whatever new ones are to be', async () => {
  const { stack, origin, ports, kemKms } = await stackWithKemKeys()
  await using _ = kemKms
  const first = await initKeys(stack.place, stack.origin, ports)
  expect(await initKeys(stack.place, origin, ports)).toEqual({ ...first, made: false })
  const second = await rotateKeys(stack.place, origin, ports)
  expect(await initKeys(stack.place, stack.origin, ports)).toEqual({ ...second, made: false })
})

test('a key that is disabled, pending deletion, gone or of another level is Unavailable and says so', async () => {
  const { keys, kemKms, settings } = await stackWithKemKeys()
  await using _ = kemKms
  const kem = openKmsKem(settings)
  const [key] = keys
  if (key === undefined) throw new Error('no key')
  const { ciphertext } = primitives.kem.encapsulate(768, kemPublicKeyOf(kemPrivateKey(key.seed, 768), 768))
  expect(await kem.decapsulate(key.arn, 768, ciphertext)).toHaveLength(32)
  await expect(kem.decapsulate(key.arn, 768, ciphertext.slice(1))).rejects.toThrow(AuthenticationFailed)
  await expect(kem.publicKey(key.arn, 1024)).rejects.toThrow(/of another kind/)
  await expect(kem.publicKey(`${key.arn}0`, 768)).rejects.toThrow(/isn't there/)
  for (const [state, advice] of [
    ['Disabled', 'enable-key'],
    ['PendingDeletion', 'cancel-key-deletion'],
  ] as const) {
    key.state = state
    await expect(kem.decapsulate(key.arn, 768, ciphertext)).rejects.toThrow(Unavailable)
    await expect(kem.decapsulate(key.arn, 768, ciphertext)).rejects.toThrow(advice)
  }
})

test('init without the two KMS keys says that one is not there, and publishes nothing', async () => {
  const { stack, ports, register, kemKms } = await stackWithKemKeys()
  await using _ = kemKms
  const work = initKeys(stack.place, { custody: 'kms', seedPrefix: `${stack.origin.seedPrefix}-other` }, ports)
  await expect(work).rejects.toThrow(/ML-KEM key alias.*-other\/1\/768: it isn't there/)
  expect((await register.readNow()).generations).toEqual([])
})
