/** What was sealed opens to the same bytes, streamed however, whole or in ranges; sizes are exact. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import type { KemLevel } from '../../shared/platform/ports.ts'
import { openObject } from '../../shared/vault/open.ts'
import { type SealRequest, SourceChanged, sealObject } from '../../shared/vault/seal.ts'
import { keyringOf, recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { collect, pattern, sourceOf, streamOf } from '../support/memory.ts'

const keyring = keyringOf(TEST_KEYS)

function request(plaintext: Uint8Array, level: KemLevel = 768, more: Partial<SealRequest> = {}): SealRequest {
  return {
    stackId: TEST_KEYS.stack,
    recipients: [recipientOf(TEST_KEYS, level)],
    created: 1_790_000_000,
    tier: 2,
    plaintextLength: plaintext.length,
    metadata: { sha256: nodePrimitives.sha256(plaintext), mediaType: 'image/jpeg', fileName: 'cat.jpg' },
    ...more,
  }
}

async function seal(plaintext: Uint8Array, level: KemLevel = 768, more: Partial<SealRequest> = {}, piece = 65_536) {
  const sealed = await sealObject(nodePrimitives, request(plaintext, level, more))
  const object = await collect(sealed.stream(streamOf(plaintext, piece)))
  expect(object.length).toBe(sealed.size)
  return { sealed, object }
}

describe('what was sealed opens to the same bytes', () => {
  const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 16_383, 16_384, 16_385, 32_768, 3 * 16_384 + 5, 300_000]
  test.each(lengths)('%i bytes, both levels, with and without permutation', async (length) => {
    const plaintext = pattern(length)
    for (const level of [768, 1024] as const) {
      for (const permute of [true, false]) {
        const { object } = await seal(plaintext, level, { permute })
        const opened = await openObject(nodePrimitives, keyring, sourceOf(object))
        expect(await collect(opened.stream())).toEqual(Buffer.from(plaintext))
        expect(opened.metadata.fileName).toBe('cat.jpg')
      }
    }
  })

  test('whatever pieces the bytes come in, byte by byte too', async () => {
    const plaintext = pattern(40_000)
    for (const piece of [1, 7, 16_384, 16_385, 100_000]) {
      const { object } = await seal(plaintext, 768, {}, piece)
      const opened = await openObject(nodePrimitives, keyring, sourceOf(object, piece))
      expect(await collect(opened.stream())).toEqual(Buffer.from(plaintext))
    }
  })

  test('whatever Buffers the bytes come in, cut anywhere, as pipes and files hand them out', async () => {
    const plaintext = Buffer.from(pattern(3 * 16_384 + 77))
    for (const first of [1, 2, 3, 5, 16_383]) {
      const sealed = await sealObject(nodePrimitives, request(plaintext))
      const stream = sealed.stream(
        (async function* () {
          yield plaintext.subarray(0, first)
          yield Buffer.from(plaintext.subarray(first))
        })(),
      )
      const opened = await openObject(nodePrimitives, keyring, sourceOf(await collect(stream), 1 + first))
      expect((await collect(opened.stream())).equals(plaintext)).toBe(true)
    }
  })

  test('several recipients open it, each alone', async () => {
    const plaintext = pattern(1000)
    const recipients = [recipientOf(TEST_KEYS, 768, 0, 0), recipientOf(TEST_KEYS, 768, 1, 1)] as const
    const { object } = await seal(plaintext, 768, { recipients })
    for (const kem of [0, 1]) {
      const alone = keyringOf({ ...TEST_KEYS, kem: TEST_KEYS.kem.filter((_, i) => i === kem) })
      const opened = await openObject(nodePrimitives, alone, sourceOf(object))
      expect(await collect(opened.stream())).toEqual(Buffer.from(plaintext))
    }
  })

  test('sealing twice shares no bytes beyond the structure', async () => {
    const plaintext = pattern(5000)
    const [a, b] = [await seal(plaintext), await seal(plaintext)]
    expect(hex(a.sealed.objectId)).not.toBe(hex(b.sealed.objectId))
    const tail = (object: Buffer) => object.subarray(-5016)
    expect(tail(a.object).filter((byte, i) => byte === tail(b.object)[i]).length).toBeLessThan(100)
  })
})

describe('a range', () => {
  test('is exactly the plaintext between its ends, for any range', async () => {
    const plaintext = pattern(100_000)
    const { object } = await seal(plaintext)
    const opened = await openObject(nodePrimitives, keyring, sourceOf(object, 1000))
    const range = fc
      .tuple(fc.nat(plaintext.length - 1), fc.nat(plaintext.length - 1))
      .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }))
    await fc.assert(
      fc.asyncProperty(range, async ({ first, last }) => {
        const got = await collect(opened.stream({ first, last }))
        expect(got.equals(plaintext.subarray(first, last + 1))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('outside the plaintext is a range error, not an authentication failure', async () => {
    const { object } = await seal(pattern(10))
    const opened = await openObject(nodePrimitives, keyring, sourceOf(object))
    await expect(collect(opened.stream({ first: 0, last: 10 }))).rejects.toThrow(RangeError)
    await expect(collect(opened.stream({ first: 5, last: 4 }))).rejects.toThrow(RangeError)
  })

  test('of 64 KiB out of 64 MiB reads under 200 KiB', async () => {
    const plaintext = pattern(64 * 1024 * 1024)
    const { object } = await seal(plaintext, 1024, {}, 1 << 20)
    let read = 0
    const source = sourceOf(object, 1 << 16, (bytes) => {
      read += bytes
    })
    const opened = await openObject(nodePrimitives, keyring, source)
    const first = 33_333_333
    const got = await collect(opened.stream({ first, last: first + 65_535 }))
    expect(got.equals(plaintext.subarray(first, first + 65_536))).toBe(true)
    expect(read).toBeLessThan(200 * 1024)
  })
})

describe('a source that changed between the passes', () => {
  test.each([
    ['shorter', pattern(99)],
    ['longer', pattern(101)],
    ['other bytes', pattern(100, 7)],
  ])('%s: the stream fails before its end', async (_, second) => {
    const sealed = await sealObject(nodePrimitives, request(pattern(100)))
    await expect(collect(sealed.stream(streamOf(second)))).rejects.toThrow(SourceChanged)
  })

  test('is not streamed twice under one key', async () => {
    const sealed = await sealObject(nodePrimitives, request(pattern(100)))
    await collect(sealed.stream(streamOf(pattern(100))))
    await expect(collect(sealed.stream(streamOf(pattern(100))))).rejects.toThrow('once')
  })
})
