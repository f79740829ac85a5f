/** The hybrid wrap: both levels round trip, every input is bound, and whoever isn't addressed uses no key. */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { contextBytes, contextOf } from '../../shared/keys/context.ts'
import { concat, hex, label, lp, text } from '../../shared/keys/encoding.ts'
import { type HybridRecord, unwrap, wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { AuthenticationFailed, type KemLevel, type Primitives } from '../../shared/platform/ports.ts'
import { keyringOf, memoryKms, recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'
import { BINDING, countingKeyring, DEK } from './counting.ts'

const keyring = keyringOf(TEST_KEYS)
const made = await wrap(primitives, recipientOf(TEST_KEYS, 768), BINDING, DEK)

function flipped(data: Uint8Array, at = 0): Uint8Array {
  return data.map((byte, i) => (i === at ? byte ^ 1 : byte))
}

describe.each<KemLevel>([768, 1024])('ML-KEM-%i', (level) => {
  const binding = { ...BINDING, suite: level === 768 ? 1 : 2 }

  test('unwraps what was wrapped, by one decapsulation and one decryption', async () => {
    const record = await wrap(primitives, recipientOf(TEST_KEYS, level), binding, DEK)
    expect(record.ciphertext).toHaveLength(level === 768 ? 1088 : 1568)
    expect(record.wrapped).toHaveLength(48)
    const counting = countingKeyring()
    expect(hex((await unwrap(primitives, counting, level, binding, record)) ?? DEK.subarray(1))).toBe(hex(DEK))
    expect(counting.used.sort()).toEqual([`decapsulate ${record.kemKeyId}`, `decrypt ${record.kmsKeyId}`])
  })
})

test('a record is what section 6.1 says, computed once more by node:crypto alone', async () => {
  const secret = pattern(32, 21)
  const dataKey = pattern(32, 22)
  const ciphertext = pattern(1088, 23)
  const blob = pattern(60, 24)
  const fixed: Primitives = {
    ...primitives,
    kem: { encapsulate: () => ({ ciphertext, sharedSecret: secret.slice() }) },
  }
  const { kem } = recipientOf(TEST_KEYS, 768)
  const dataKeys = { generateDataKey: async () => ({ keyId: 'local/data-1', plaintext: dataKey.slice(), blob }) }
  const record = await wrap(fixed, { kem, dataKeys }, BINDING, DEK)

  const parts = [
    text('safelight/v1/wrap'),
    BINDING.facts,
    text('kem-0001'),
    primitives.sha256(kem.publicKey),
    ciphertext,
    text('local/data-1'),
    blob,
    contextBytes(contextOf(BINDING, 'kem-0001')),
  ]
  const transcript = primitives.sha512(...parts.map(lp))
  const prk = createHmac('sha512', 'safelight/v1/wrap').update(secret).update(dataKey).digest()
  const info = concat(label('safelight/v1/wrap'), transcript, Uint8Array.of(1))
  const kek = createHmac('sha512', prk).update(info).digest().subarray(0, 32)
  const cipher = createCipheriv('aes-256-gcm', kek, new Uint8Array(12)).setAAD(transcript)
  const wrapped = Buffer.concat([cipher.update(DEK), cipher.final(), cipher.getAuthTag()])
  expect(record).toEqual({ kemKeyId: 'kem-0001', ciphertext, kmsKeyId: 'local/data-1', blob, wrapped: record.wrapped })
  expect(hex(record.wrapped)).toBe(wrapped.toString('hex'))
})

describe('a changed input is refused', () => {
  const bindings = {
    'stack id': { ...BINDING, stackId: 'other' },
    'object id': { ...BINDING, objectId: flipped(BINDING.objectId) },
    suite: { ...BINDING, suite: 2 },
    facts: { ...BINDING, facts: flipped(BINDING.facts, 30) },
  }
  test.each(Object.entries(bindings))('%s', async (_, binding) => {
    await expect(unwrap(primitives, keyring, 768, binding, made)).rejects.toThrow(AuthenticationFailed)
  })

  const other = '22222222-2222-2222-2222-222222222222'
  const records: Record<string, Partial<HybridRecord>> = {
    'KEM key id, also held': { kemKeyId: 'kem-0002' },
    'KMS key id, also allowed': { kmsKeyId: `arn:aws:kms:us-east-1:000000000000:key/${other}` },
    'first byte of the ciphertext': { ciphertext: flipped(made.ciphertext) },
    'last byte of the ciphertext': { ciphertext: flipped(made.ciphertext, 1087) },
    'first byte of the blob': { blob: flipped(made.blob) },
    'last byte of the blob': { blob: flipped(made.blob, made.blob.length - 1) },
    'wrapped DEK': { wrapped: flipped(made.wrapped) },
    'wrapped tag': { wrapped: flipped(made.wrapped, 47) },
    'wrapped, cut': { wrapped: made.wrapped.subarray(0, 47) },
  }
  test.each(Object.entries(records))('%s', async (_, change) => {
    const record = { ...made, ...change }
    await expect(unwrap(primitives, keyring, 768, BINDING, record)).rejects.toThrow(/^authentication failed$/)
  })

  // What KMS itself doesn't check must be bound by the transcript: a KMS that takes any context and any blob.
  const careless = {
    ...keyring,
    keyService: {
      ...keyring.keyService,
      decrypt: async (keyId: string) => {
        const context = contextOf(BINDING, made.kemKeyId)
        const { plaintext } = await keyring.keyService.decrypt('local/data-1', made.blob, context)
        return { keyId, plaintext }
      },
    },
  }
  test('also where KMS would not notice', async () => {
    expect(await unwrap(primitives, careless, 768, BINDING, made)).toBeDefined()
    for (const binding of Object.values(bindings)) {
      await expect(unwrap(primitives, careless, 768, binding, made)).rejects.toThrow(AuthenticationFailed)
    }
    for (const change of Object.values(records)) {
      const record = { ...made, ...change }
      await expect(unwrap(primitives, careless, 768, BINDING, record)).rejects.toThrow(AuthenticationFailed)
    }
  })

  test('the public key: a wrong pin seals what nobody opens', async () => {
    const recipient = recipientOf(TEST_KEYS, 768)
    const stranger = recipientOf(TEST_KEYS, 768, 1).kem.publicKey
    const record = await wrap(
      primitives,
      { ...recipient, kem: { ...recipient.kem, publicKey: stranger } },
      BINDING,
      DEK,
    )
    await expect(unwrap(primitives, keyring, 768, BINDING, record)).rejects.toThrow(AuthenticationFailed)
  })

  test('a public key that only differs in what the custody says of it', async () => {
    const lying = {
      ...keyring,
      custody: { ...keyring.custody, publicKey: async () => flipped(recipientOf(TEST_KEYS, 768).kem.publicKey) },
    }
    await expect(unwrap(primitives, lying, 768, BINDING, made)).rejects.toThrow(AuthenticationFailed)
  })

  test('each leg alone: a right data key with a wrong shared secret, and the other way round', async () => {
    const wrongSecret = { ...keyring, custody: { ...keyring.custody, decapsulate: async () => randomBytes(32) } }
    await expect(unwrap(primitives, wrongSecret, 768, BINDING, made)).rejects.toThrow(AuthenticationFailed)
    const decrypt = async (keyId: string) => ({ keyId, plaintext: randomBytes(32) })
    const wrongDataKey = countingKeyring(TEST_KEYS, { decrypt })
    await expect(unwrap(primitives, wrongDataKey, 768, BINDING, made)).rejects.toThrow(AuthenticationFailed)
  })
})

describe('not mine', () => {
  test.each([
    ['a KEM key that is not held', { kemKeyId: 'kem-9999' }],
    ['a KMS key off the allow-list', { kmsKeyId: 'local/data-3' }],
    ['a KMS key that is a prefix of an allowed one', { kmsKeyId: 'local/data-' }],
  ])('%s: undefined, and no key was used', async (_, change) => {
    const counting = countingKeyring()
    expect(await unwrap(primitives, counting, 768, BINDING, { ...made, ...change })).toBeUndefined()
    expect(counting.used).toEqual([])
  })
})

test('a KMS that answers with another key id is refused', async () => {
  const decrypt: typeof keyring.keyService.decrypt = async (keyId, blob, context) => ({
    ...(await keyring.keyService.decrypt(keyId, blob, context)),
    keyId: `${keyId}0`,
  })
  const counting = countingKeyring(TEST_KEYS, { decrypt })
  await expect(unwrap(primitives, counting, 768, BINDING, made)).rejects.toThrow(AuthenticationFailed)
})

test('wrapping calls KMS once, with the context alone', async () => {
  const contexts: unknown[] = []
  const { kem, dataKeys } = recipientOf(TEST_KEYS, 768)
  const counting = {
    async generateDataKey(context: Readonly<Record<string, string>>) {
      contexts.push(context)
      return dataKeys.generateDataKey(context)
    },
  }
  await wrap(primitives, { kem, dataKeys: counting }, BINDING, DEK)
  expect(contexts).toEqual([contextOf(BINDING, kem.keyId)])
})

test('two wraps of one DEK share no secret part', async () => {
  const again = await wrap(primitives, recipientOf(TEST_KEYS, 768), BINDING, DEK)
  for (const part of ['ciphertext', 'blob', 'wrapped'] as const) expect(hex(again[part])).not.toBe(hex(made[part]))
})

test('the KMS of the tests refuses another context', async () => {
  const kms = memoryKms(TEST_KEYS.kms, 'local/data-1')
  const { blob } = await kms.generateDataKey({ a: 'b' })
  await expect(kms.decrypt('local/data-1', blob, { a: 'c' })).rejects.toThrow(AuthenticationFailed)
})
