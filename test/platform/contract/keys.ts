/** What every provider of the key ports must do: data keys, ML-KEM in both halves, and secrets. */
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwrap, wrap } from '../../../shared/keys/wrap.ts'
import { nodePrimitives } from '../../../shared/platform/crypto.ts'
import {
  AuthenticationFailed,
  type KemCustody,
  type KemLevel,
  type KemPublicKeys,
  type KeyService,
  type Secrets,
} from '../../../shared/platform/ports.ts'

export interface KeysProvider {
  /** Of one deployment, made anew. */
  readonly keyService: KeyService
  readonly publicKeys: KemPublicKeys
  readonly custody: KemCustody
  readonly secrets: Secrets
  close(): Promise<void>
}

const LEVELS: readonly KemLevel[] = [768, 1024]
const noble = { 768: ml_kem768, 1024: ml_kem1024 } as const
const context = { stack: '0123456789abcdef', object: 'ff'.repeat(16), suite: '1' }

function flippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice()
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

export interface KeysOptions {
  /** False for emulators that unwrap a changed blob to a wrong key: then only the envelope notices. */
  readonly authenticatesBlobs?: boolean
  /** False for emulators that run the names and values of a context together. */
  readonly separatesContext?: boolean
}

export function describeKeys(
  name: string,
  makeProvider: () => Promise<KeysProvider>,
  { authenticatesBlobs = true, separatesContext = true }: KeysOptions = {},
): void {
  let provider: KeysProvider
  const provide = () => {
    beforeEach(async () => {
      provider = await makeProvider()
    })
    afterEach(() => provider.close())
  }
  const refused = (keyId: string, blob: Uint8Array, given: Readonly<Record<string, string>>) =>
    expect(provider.keyService.decrypt(keyId, blob, given)).rejects.toThrow(AuthenticationFailed)

  describe(`${name}: KeyService`, () => {
    provide()

    it('unwraps what it wrapped, and names the key that did', async () => {
      const { keyId, plaintext, blob } = await provider.keyService.generateDataKey(context)
      expect(plaintext).toHaveLength(32)
      expect(await provider.keyService.decrypt(keyId, blob, context)).toEqual({ keyId, plaintext })
      const reordered = Object.fromEntries(Object.entries(context).reverse())
      expect(await provider.keyService.decrypt(keyId, blob, reordered)).toEqual({ keyId, plaintext })
    })

    it('makes every data key fresh', async () => {
      const made = await Promise.all(Array.from({ length: 20 }, () => provider.keyService.generateDataKey(context)))
      expect(new Set(made.map(({ plaintext }) => Buffer.from(plaintext).toString('hex'))).size).toBe(20)
      expect(new Set(made.map(({ blob }) => Buffer.from(blob).toString('hex'))).size).toBe(20)
    })

    it('refuses any other context', async () => {
      const { keyId, blob } = await provider.keyService.generateDataKey(context)
      await refused(keyId, blob, {})
      await refused(keyId, blob, { ...context, extra: '' })
      await refused(keyId, blob, { ...context, suite: '2' })
      await refused(keyId, blob, { stack: context.stack, object: context.object })
      await refused(keyId, blob, { ...context, stack: context.object, object: context.stack })
    })

    const cutElsewhere = async () => {
      const { keyId, blob } = await provider.keyService.generateDataKey({ ab: 'c', d: 'ef' })
      await refused(keyId, blob, { a: 'bc', d: 'ef' })
      await refused(keyId, blob, { ab: 'cd', '': 'ef' })
    }
    if (separatesContext) it('refuses a context of the same letters, cut elsewhere', cutElsewhere)

    const everyChange = async () => {
      const { keyId, blob } = await provider.keyService.generateDataKey(context)
      await fc.assert(
        fc.asyncProperty(fc.nat(blob.length * 8 - 1), async (bit) => {
          await refused(keyId, flippedBit(blob, bit), context)
        }),
        { numRuns: 200 },
      )
      for (const length of [0, 1, 12, 28, blob.length - 1]) await refused(keyId, blob.slice(0, length), context)
      await refused(keyId, new Uint8Array([...blob, 0]), context)
    }
    if (authenticatesBlobs) it('refuses a blob with any bit flipped, cut or lengthened', everyChange)

    it('refuses a key id that it does not hold', async () => {
      const { keyId, blob } = await provider.keyService.generateDataKey(context)
      await refused(`${keyId}0`, blob, context)
      await refused('', blob, context)
    })
  })

  describe(`${name}: the hybrid wrap over them`, () => {
    provide()
    const binding = { stackId: context.stack, objectId: new Uint8Array(16), suite: 1, facts: Uint8Array.of(0xa0) }
    const dek = new Uint8Array(32).fill(7)

    it('unwraps, and refuses a record whose blob is changed, whatever the key service makes of it', async () => {
      const { keyService, custody, publicKeys } = provider
      const keyring = { stackId: context.stack, keyService, custody }
      const recipient = { kem: await publicKeys.current(768), dataKeys: keyService }
      const record = await wrap(nodePrimitives, recipient, binding, dek)
      expect(Buffer.from((await unwrap(nodePrimitives, keyring, 768, binding, record)) ?? []).equals(dek)).toBe(true)
      const changed = fc.oneof(
        fc.nat(record.blob.length * 8 - 1).map((bit) => flippedBit(record.blob, bit)),
        fc.nat(record.blob.length - 1).map((length) => record.blob.slice(0, length)),
        fc.uint8Array({ minLength: 1, maxLength: 40 }).map((more) => new Uint8Array([...record.blob, ...more])),
      )
      await fc.assert(
        fc.asyncProperty(changed, async (blob) => {
          const work = unwrap(nodePrimitives, keyring, 768, binding, { ...record, blob })
          await expect(work).rejects.toThrow(AuthenticationFailed)
        }),
        { numRuns: 60 },
      )
    })

    it('takes a record of a key that is not allowed as addressed to somebody else', async () => {
      const { keyService, custody, publicKeys } = provider
      const record = await wrap(
        nodePrimitives,
        { kem: await publicKeys.current(768), dataKeys: keyService },
        binding,
        dek,
      )
      expect(await keyService.allowed()).toContain(record.kmsKeyId)
      const foreign = { ...record, kmsKeyId: `${record.kmsKeyId}0` }
      const keyring = { stackId: context.stack, keyService, custody }
      expect(await unwrap(nodePrimitives, keyring, 768, binding, foreign)).toBeUndefined()
    })
  })

  describe(`${name}: KemPublicKeys and KemCustody`, () => {
    provide()

    it.each(LEVELS)('pins the ML-KEM-%i key that belongs to the private one', async (level) => {
      const current = await provider.publicKeys.current(level)
      expect(current).toMatchObject({ generation: 1, level })
      expect(current.keyId).toMatch(/^[\x21-\x7e]{1,64}$/)
      expect(current.publicKey).toHaveLength(level === 768 ? 1184 : 1568)
      expect(await provider.custody.publicKey(current.keyId, level)).toEqual(current.publicKey)
    })

    it('names the generation and not the level', async () => {
      const ids = await Promise.all(LEVELS.map(async (level) => (await provider.publicKeys.current(level)).keyId))
      expect(ids[0]).toBe(ids[1])
    })

    it.each(LEVELS)('decapsulates ML-KEM-%i as another implementation encapsulated', async (level) => {
      const { keyId, publicKey } = await provider.publicKeys.current(level)
      const { cipherText, sharedSecret } = noble[level].encapsulate(publicKey)
      expect(await provider.custody.decapsulate(keyId, level, cipherText)).toEqual(sharedSecret)
    })

    it.each(LEVELS)('gives a wrong secret, not an error, for a wrong ML-KEM-%i ciphertext', async (level) => {
      const { keyId, publicKey } = await provider.publicKeys.current(level)
      const { cipherText, sharedSecret } = noble[level].encapsulate(publicKey)
      cipherText[7] = (cipherText[7] ?? 0) ^ 1
      const wrong = await provider.custody.decapsulate(keyId, level, cipherText)
      expect(wrong).toHaveLength(32)
      expect(wrong).not.toEqual(sharedSecret)
      expect(await provider.custody.decapsulate(keyId, level, cipherText)).toEqual(wrong)
    })

    it('refuses a ciphertext of another length, and knows no other key', async () => {
      const { keyId } = await provider.publicKeys.current(768)
      for (const length of [0, 1087, 1089, 1568]) {
        const work = provider.custody.decapsulate(keyId, 768, new Uint8Array(length))
        await expect(work).rejects.toThrow(AuthenticationFailed)
      }
      expect(await provider.custody.publicKey('local/kem-9999-00000000', 768)).toBeUndefined()
      await expect(provider.custody.decapsulate('other', 768, new Uint8Array(1088))).rejects.toThrow()
    })
  })

  describe(`${name}: Secrets`, () => {
    provide()

    it('gives the current link key, the same by its id, and none for ids that are not', async () => {
      const current = await provider.secrets.linkKey()
      expect(current?.key).toHaveLength(32)
      expect(await provider.secrets.linkKey(current?.kid)).toEqual(current)
      for (const kid of [255, 256, -1, 0.5]) expect(await provider.secrets.linkKey(kid)).toBeUndefined()
    })

    it('gives an index key that is no link key', async () => {
      const index = await provider.secrets.indexKey()
      expect(index).toHaveLength(32)
      expect(await provider.secrets.indexKey()).toEqual(index)
      expect((await provider.secrets.linkKey())?.key).not.toEqual(index)
    })
  })
}
