/** The key adapters against the key contracts, on MiniStack, and what only AWS can get wrong. */
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { DeleteSecretCommand, PutSecretValueCommand, RestoreSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initKeys, rotateKeys } from '../../../shared/platform/aws/keyMaking.ts'
import { openKeyRegister, REGISTER_KEPT_MS } from '../../../shared/platform/aws/keyRegister.ts'
import { retire, unretire } from '../../../shared/platform/aws/keyRetiring.ts'
import { openKmsDataKeys, openKmsKeyService } from '../../../shared/platform/aws/keyService.ts'
import { IMPORTED_KEPT_MS } from '../../../shared/platform/aws/seedCustody.ts'
import type { AwsSettings } from '../../../shared/platform/aws/settings.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { AuthenticationFailed, Unavailable } from '../../../shared/platform/ports.ts'
import type { Emulator } from '../../aws/emulator.ts'
import { type Fate, startFaultProxy } from '../../aws/faults/proxy.ts'
import { startMiniStack } from '../../aws/ministack.ts'
import { describeKeys } from '../contract/keys.ts'
import { type KeyStack, makeKeyStack, useEmulator } from './keyStack.ts'
import { made, openKeys as open } from './openKeys.ts'

const ONCE: AwsSettings = { maxAttempts: 1 }
const NOTHING_NEEDED = async () => ({ objects: 0, waiting: 0, unknown: 0 })
let emulator: Emulator
beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
})
afterAll(() => emulator[Symbol.asyncDispose]())

describeKeys('aws', async () => ({ ...open(await made()), close: async () => {} }), { authenticatesBlobs: false })

describe('before there are keys', () => {
  test('everything says what to do, and works as soon as they are made', async () => {
    const stack = await makeKeyStack()
    const { publicKeys, custody, secrets } = open(stack)
    await expect(publicKeys.current(768)).rejects.toThrow(Unavailable)
    await expect(publicKeys.current(768)).rejects.toThrow('safelight keys init')
    await expect(secrets.indexKey()).rejects.toThrow('safelight keys init')
    expect(await secrets.linkKey()).toBeUndefined()
    expect(await custody.publicKey('any', 768)).toBeUndefined()
    await initKeys(stack.place, stack.origin, { primitives })
    const { keyId, publicKey } = await publicKeys.current(1024)
    expect(await custody.publicKey(keyId, 1024)).toEqual(publicKey)
    expect(await secrets.indexKey()).toHaveLength(32)
  })

  test('a stack without a table or KMS key is Unavailable and says so', async () => {
    const { place } = await makeKeyStack()
    const lost = openKeyRegister(`${place.table}-lost`)
    await expect(lost.read()).rejects.toThrow(/register: it isn't there/)
    await expect(openKmsDataKeys(`${place.dataKeyArn}0`).generateDataKey({})).rejects.toThrow(Unavailable)
  })
})

describe('a rotation and a retirement', () => {
  test('take effect in processes that run, within the seconds that the register is kept', async () => {
    const stack = await made()
    const clock = { time: Date.now(), now: () => clock.time }
    const { publicKeys, custody, secrets } = open(stack, {}, clock)
    const before = await publicKeys.current(768)
    const link = await secrets.linkKey()
    const { ciphertext, sharedSecret } = primitives.kem.encapsulate(768, before.publicKey)
    expect(await custody.decapsulate(before.keyId, 768, ciphertext)).toEqual(sharedSecret)
    const { keyId } = await rotateKeys(stack.place, stack.origin, { primitives })
    // What another process sealed under the new keys opens here at once.
    expect(await custody.publicKey(keyId, 768)).toHaveLength(1184)
    clock.time += REGISTER_KEPT_MS
    expect(await publicKeys.current(768)).toMatchObject({ keyId, generation: 2 })
    expect(await custody.decapsulate(before.keyId, 768, ciphertext)).toEqual(sharedSecret)
    // A link signed with the new key verifies though the secret was read before; the old one still does.
    clock.time += 2_000
    expect((await secrets.linkKey(1))?.key).toHaveLength(32)
    expect(await secrets.linkKey()).toMatchObject({ kid: 1 })
    expect(await secrets.linkKey(0)).toEqual(link)

    expect(await retire(stack.place.table, 1, NOTHING_NEEDED)).toBe(true)
    clock.time += REGISTER_KEPT_MS
    expect(await custody.publicKey(before.keyId, 768)).toBeUndefined()
    await expect(custody.decapsulate(before.keyId, 768, ciphertext)).rejects.toThrow('retired')
    expect(await unretire(stack.place.table, 1)).toBe(true)
    clock.time += REGISTER_KEPT_MS
    expect(await custody.decapsulate(before.keyId, 768, ciphertext)).toEqual(sharedSecret)
  })

  test('a private key that was imported is used for minutes, without I/O, and not for longer', async () => {
    const stack = await made()
    const clock = { time: Date.now(), now: () => clock.time }
    const { publicKeys, custody } = open(stack, {}, clock)
    const { keyId } = await publicKeys.current(768)
    await custody.publicKey(keyId, 768)
    const SecretId = `${stack.origin.seedPrefix}/1`
    await stack.secrets.send(new DeleteSecretCommand({ SecretId }))
    expect(await custody.publicKey(keyId, 768)).toHaveLength(1184)
    clock.time += IMPORTED_KEPT_MS
    await expect(custody.publicKey(keyId, 768)).rejects.toThrow(/marked for deletion.*restore-secret/)
    await stack.secrets.send(new RestoreSecretCommand({ SecretId }))
    expect(await custody.publicKey(keyId, 768)).toHaveLength(1184)
  })
})

describe('forged tokens', () => {
  test('cost no I/O, whatever key id they name', async () => {
    const stack = await made()
    await using proxy = await startFaultProxy(emulator.endpoint)
    const clock = { time: Date.now(), now: () => clock.time }
    const { secrets } = open(stack, { endpoint: proxy.endpoint }, clock)
    await secrets.linkKey(0)
    for (let kid = 0; kid < 256; kid++) await secrets.linkKey(kid)
    expect(proxy.calls).toHaveLength(1)
    clock.time += 2_000
    await Promise.all(Array.from({ length: 256 }, (_, kid) => secrets.linkKey(kid)))
    expect(proxy.calls).toHaveLength(2)
  })
})

describe('KMS', () => {
  test.each([
    ['disabled', 'enable-key'],
    ['pending deletion', 'cancel-key-deletion'],
  ])('a key that is %s is Unavailable, never a refusal of the data', async (how, advice) => {
    const stack = await made()
    const { keyService } = open(stack)
    const KeyId = stack.place.dataKeyArn
    const { keyId, blob } = await keyService.generateDataKey({ a: 'b' })
    await stack.kms.send(
      how === 'disabled' ? new DisableKeyCommand({ KeyId }) : new ScheduleKeyDeletionCommand({ KeyId }),
    )
    await expect(keyService.decrypt(keyId, blob, { a: 'b' })).rejects.toThrow(Unavailable)
    await expect(keyService.decrypt(keyId, blob, { a: 'b' })).rejects.toThrow(advice)
    await expect(keyService.generateDataKey({ a: 'b' })).rejects.toThrow(advice)
    if (how === 'disabled') {
      await stack.kms.send(new EnableKeyCommand({ KeyId }))
      expect((await keyService.decrypt(keyId, blob, { a: 'b' })).keyId).toBe(keyId)
    }
  })

  const STRIKES: readonly (readonly [
    name: string,
    fate: Fate,
    error: typeof Unavailable | typeof AuthenticationFailed,
    text: string,
  ])[] = [
    ['throttles', { status: 400, error: 'ThrottlingException' }, Unavailable, 'throttles'],
    ['denies', { status: 400, error: 'AccessDeniedException' }, Unavailable, 'permission'],
    ['fails', { status: 500, error: 'KMSInternalException' }, Unavailable, 'did not answer'],
    ['is cut off', 'before', Unavailable, 'did not answer'],
    ['is cut off after the work', 'after', Unavailable, 'did not answer'],
    ['is silent', 'silence', Unavailable, 'did not answer'],
    ['calls the blob invalid', { status: 400, error: 'InvalidCiphertextException' }, AuthenticationFailed, 'failed'],
    ['unwraps with another key', { status: 400, error: 'IncorrectKeyException' }, AuthenticationFailed, 'failed'],
  ]
  test.each(STRIKES)('that %s gives the right error', async (_, fate, error, text) => {
    const stack = await made()
    await using proxy = await startFaultProxy(emulator.endpoint, ({ call }) => (call === 'kms.Decrypt' ? fate : 'pass'))
    const { keyService } = open(stack, { ...ONCE, endpoint: proxy.endpoint, requestTimeoutMs: 300 })
    const { keyId, blob } = await keyService.generateDataKey({ a: 'b' })
    const work = keyService.decrypt(keyId, blob, { a: 'b' })
    await expect(work).rejects.toThrow(error)
    await expect(work).rejects.toThrow(text)
  })

  test('that throttles once is asked again', async () => {
    const stack = await made()
    const throttled: Fate = { status: 400, error: 'ThrottlingException' }
    await using proxy = await startFaultProxy(emulator.endpoint, ({ at }) => (at === 1 ? throttled : 'pass'))
    const dataKeys = openKmsDataKeys(stack.place.dataKeyArn, { endpoint: proxy.endpoint })
    expect((await dataKeys.generateDataKey({})).plaintext).toHaveLength(32)
    expect(proxy.calls).toHaveLength(2)
  })

  test("a data key of another stack's key is not asked for", async () => {
    const [ours, theirs] = [await made(), await made()]
    const { keyId, blob } = await open(theirs).keyService.generateDataKey({ a: 'b' })
    await expect(open(ours).keyService.decrypt(keyId, blob, { a: 'b' })).rejects.toThrow(AuthenticationFailed)
  })

  test('a multi-Region data key opens in another Region, by the replica that is there', async () => {
    const stack = await makeKeyStack()
    const { KeyMetadata } = await stack.kms.send(new CreateKeyCommand({ MultiRegion: true }))
    const keyArn = KeyMetadata?.Arn ?? ''
    const { keyId, plaintext, blob } = await openKmsDataKeys(keyArn).generateDataKey({ a: 'b' })
    await stack.kms.send(new ReplicateKeyCommand({ KeyId: keyArn, ReplicaRegion: 'eu-west-1' }))
    const there = openKmsKeyService(
      { keyArn: keyArn.replace('us-east-1', 'eu-west-1'), allowed: async () => [keyArn] },
      { region: 'eu-west-1' },
    )
    expect(await there.decrypt(keyId, blob, { a: 'b' })).toEqual({ keyId, plaintext })
  })
})

describe('secrets', () => {
  async function spoil(stack: KeyStack, SecretId: string, SecretBinary: Uint8Array) {
    await stack.secrets.send(new PutSecretValueCommand({ SecretId, SecretBinary }))
  }
  const cut = Buffer.from('not-a-key')

  test('of a wrong length or content are Unavailable, say what to do, and show nothing', async () => {
    const stack = await made()
    const { keyId } = await open(stack).publicKeys.current(768)
    await spoil(stack, `${stack.origin.seedPrefix}/1`, primitives.random(63))
    for (const secret of [stack.place.linkSecret, stack.place.indexSecret]) await spoil(stack, secret, cut)
    const { custody, secrets } = open(stack)
    for (const work of [() => custody.publicKey(keyId, 768), () => secrets.linkKey(), () => secrets.indexKey()]) {
      await expect(work()).rejects.toThrow(Unavailable)
      await expect(work()).rejects.toThrow(/is damaged: .*AWSPREVIOUS/)
      await expect(work()).rejects.not.toThrow('not-a-key')
    }
  })

  test('that are denied or gone are Unavailable', async () => {
    const stack = await made()
    const { keyId } = await open(stack).publicKeys.current(768)
    const denied: Fate = { status: 400, error: 'AccessDeniedException' }
    await using proxy = await startFaultProxy(emulator.endpoint, ({ call }) =>
      call.startsWith('secrets.') ? denied : 'pass',
    )
    const { custody, secrets } = open(stack, { ...ONCE, endpoint: proxy.endpoint })
    await expect(custody.publicKey(keyId, 768)).rejects.toThrow(/permission is missing/)
    await expect(secrets.linkKey()).rejects.toThrow(Unavailable)
    await expect(secrets.indexKey()).rejects.toThrow(Unavailable)
    const SecretId = `${stack.origin.seedPrefix}/1`
    await stack.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
    await expect(open(stack).custody.publicKey(keyId, 768)).rejects.toThrow(/seed .* is missing/)
  })
})
