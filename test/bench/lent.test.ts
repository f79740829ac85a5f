/** A sealed stream whose parts are lent, as bench and object stores take it, carries the bytes that one given away does. */
import { describe, expect, test } from 'vitest'
import { benchKeys, STACK } from '../../bench/keys.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { openObject } from '../../shared/vault/open.ts'
import { type Memory, SourceChanged, sealObject } from '../../shared/vault/seal.ts'

const { recipient, keyring } = benchKeys(768)

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function sealed(plaintext: Uint8Array, announced = plaintext.length) {
  return sealObject(primitives, {
    ...{ stackId: STACK, recipients: [recipient], created: 0, tier: 0, plaintextLength: announced },
    metadata: { sha256: primitives.sha256(plaintext), mediaType: 'application/octet-stream' },
  })
}

/** Opens what each part held at the time it was handed out. */
async function roundTrip(plaintext: Uint8Array, memory: Memory): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of (await sealed(plaintext)).stream(streamOf(plaintext), memory))
    parts.push(Uint8Array.from(part))
  const object = Buffer.concat(parts)
  const opened = await openObject(primitives, keyring, {
    size: object.length,
    read: async ({ first, last }) => streamOf(object.subarray(first, last + 1)),
  })
  const out: Uint8Array[] = []
  for await (const chunk of opened.stream()) out.push(chunk)
  return Buffer.concat(out)
}

const CHUNK = 16_384

describe.each(['lent', 'given'] as const)('a stream whose parts are %s', (memory) => {
  test.each([0, 1, CHUNK - 1, CHUNK, 16 * CHUNK - 1, 16 * CHUNK, 16 * CHUNK + 1, 50 * CHUNK + 7])(
    'opens again to %i bytes',
    async (length) => {
      const plaintext = primitives.random(length)
      expect(Buffer.compare(await roundTrip(plaintext, memory), plaintext)).toBe(0)
    },
  )

  test('keeps its last chunk back from a source that changed', async () => {
    const plaintext = primitives.random(40 * CHUNK)
    const object = await sealed(plaintext)
    let length = 0
    const taking = async () => {
      const changed = Uint8Array.from(plaintext)
      changed[5] = (changed[5] ?? 0) ^ 1
      for await (const part of object.stream(streamOf(changed), memory)) length += part.length
    }
    await expect(taking()).rejects.toThrow(SourceChanged)
    expect(length).toBeLessThan(object.size)
  })
})

test('parts given away stay what they are', async () => {
  const plaintext = primitives.random(40 * CHUNK)
  const parts: [Uint8Array, Uint8Array][] = []
  for await (const part of (await sealed(plaintext)).stream(streamOf(plaintext)))
    parts.push([part, Uint8Array.from(part)])
  for (const [part, copy] of parts) expect(Buffer.compare(part, copy)).toBe(0)
})
