/** Invariant 5: whatever is flipped, cut, appended, swapped or reordered in a sealed object is refused by the one message. */
import { describe, expect, test } from 'vitest'
import { KNOWN_GOOD } from '../../shared/chaos/checks.ts'
import { concat, u8 } from '../../shared/keys/encoding.ts'
import { makeEnvelope } from '../../shared/keys/envelope.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { BODY_HEAD, parseHeader, SEALED_CHUNK } from '../../shared/vault/layout.ts'
import { encodeMetadata } from '../../shared/vault/metadata.ts'
import { type Expectation, openObject, type SealedSource } from '../../shared/vault/open.ts'
import { type Forgery, forge, honestChunks } from '../support/forge.ts'
import { quickKeyringOf, recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { collect, pattern, sourceOf, streamOf } from '../support/memory.ts'

const keyring = quickKeyringOf(TEST_KEYS)
const base = { stackId: TEST_KEYS.stack, recipients: [recipientOf(TEST_KEYS, 768)], plaintext: pattern(100) }
const make = (forgery: Partial<Forgery> = {}) => forge({ ...base, ...forgery })

/** Through the function that `open` calls, to the last byte. */
async function openWhole(source: SealedSource, expected?: Expectation): Promise<Buffer> {
  const opened = await openObject(primitives, keyring, source, expected)
  return collect(opened.stream())
}

async function refused(source: SealedSource | Uint8Array, expected?: Expectation): Promise<void> {
  const whole = openWhole(source instanceof Uint8Array ? sourceOf(source) : source, expected)
  await expect(whole).rejects.toThrow(/^authentication failed$/)
}

/** Faster than `expect` by far, for tens of thousands of tries. */
async function messageOf(data: Uint8Array): Promise<string> {
  try {
    await openWhole(sourceOf(data))
    return 'it opened'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error'
  }
}

const REFUSED = 'AuthenticationFailed: authentication failed'
const small = (await make()).object
const long = await make({ plaintext: pattern(3 * 16_384 + 100) })

describe('a small object', () => {
  test('opens as it is', async () => {
    expect((await openWhole(sourceOf(small))).equals(base.plaintext)).toBe(true)
  })

  test.each([1, 0x80])('with any one byte xored with %i is refused', async (mask) => {
    const changed = small.slice()
    const messages = new Set<string>()
    for (let at = 0; at < small.length; at++) {
      changed[at] = (small[at] ?? 0) ^ mask
      messages.add(await messageOf(changed))
      changed[at] = small[at] ?? 0
    }
    expect([...messages]).toEqual([REFUSED])
  })

  test('cut to any length is refused', async () => {
    const messages = new Set<string>()
    for (let length = 0; length < small.length; length++) messages.add(await messageOf(small.subarray(0, length)))
    expect([...messages]).toEqual([REFUSED])
  })

  test('with its first bytes missing is refused', async () => {
    for (const from of [1, 2, 4, 16, 100, small.length - 1]) await refused(small.subarray(from))
  })

  test('with anything appended is refused', async () => {
    for (const more of [1, 16, 56, SEALED_CHUNK]) await refused(concat(small, pattern(more)))
    await refused(concat(small, small))
  })
})

describe('the chunks of a longer object', () => {
  const { bodyOffset } = parseHeader(long.object, long.object.length)
  const start = bodyOffset + BODY_HEAD
  const chunk = (k: number) => long.object.subarray(start + k * SEALED_CHUNK, start + (k + 1) * SEALED_CHUNK)
  const head = long.object.subarray(0, start)
  const arranged = (...order: readonly number[]) => concat(head, ...order.map(chunk))

  test('open in their order, and in no other', async () => {
    expect((await openWhole(sourceOf(arranged(0, 1, 2, 3)))).length).toBe(3 * 16_384 + 100)
    for (const order of [
      [1, 0, 2, 3],
      [0, 2, 1, 3],
      [2, 1, 0, 3],
      [0, 0, 2, 3],
      [0, 1, 1, 3],
      [3, 0, 1, 2],
    ]) {
      await refused(arranged(...order))
    }
  })

  test('can be neither left out nor doubled', async () => {
    for (const order of [[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 1, 2, 3, 3], [0, 0, 1, 2, 3], []]) {
      await refused(arranged(...order))
    }
  })

  test('of another object with the same keys do not fit', async () => {
    const other = await make({ plaintext: pattern(3 * 16_384 + 100) })
    await refused(concat(head, other.object.subarray(start)))
    await refused(concat(other.object.subarray(0, bodyOffset), long.object.subarray(bodyOffset)))
    await refused(concat(long.object.subarray(0, bodyOffset), other.object.subarray(bodyOffset)))
  })

  test('that were verified before a wrong one are all that leaves', async () => {
    const changed = long.object.slice()
    changed[start + 2 * SEALED_CHUNK] = (changed[start + 2 * SEALED_CHUNK] ?? 0) ^ 1
    const opened = await openObject(primitives, keyring, sourceOf(changed))
    let length = 0
    const read = (async () => {
      for await (const part of opened.stream()) length += part.length
    })()
    await expect(read).rejects.toThrow(/^authentication failed$/)
    expect(length).toBe(2 * 16_384)
  })

  test('of a last chunk sealed as two are refused, and so are a longer or shorter one', async () => {
    const cutInTwo = (plaintext: Uint8Array, keys: Parameters<typeof honestChunks>[1]) => [
      ...honestChunks(plaintext.subarray(0, 84), keys),
      ...honestChunks(new Uint8Array(0), keys),
    ]
    await refused((await make({ chunks: cutInTwo })).object)
    await refused((await make({ chunks: (plaintext, keys) => honestChunks(plaintext.subarray(1), keys) })).object)
    await refused((await make({ chunks: (plaintext, keys) => honestChunks(concat(plaintext, u8(0)), keys) })).object)
  })
})

describe('a range', () => {
  const { bodyOffset } = parseHeader(long.object, long.object.length)
  const start = bodyOffset + BODY_HEAD
  const flippedAt = (at: number) => long.object.map((byte, i) => (i === at ? byte ^ 1 : byte))

  test('is checked as far as it reads: every byte of its chunks, and all that comes before the body', async () => {
    const range = { first: 16_384 + 10, last: 16_384 + 20 }
    const tail = start + SEALED_CHUNK * 2 - 1
    for (const at of [0, 6, 60, 3000, bodyOffset - 1, bodyOffset, start - 1, start + SEALED_CHUNK, tail]) {
      const read = openObject(primitives, keyring, sourceOf(flippedAt(at))).then(({ stream }) => collect(stream(range)))
      await expect(read, `byte ${at}`).rejects.toThrow(/^authentication failed$/)
    }
  })

  test('gives right bytes where another chunk is wrong, which the whole does not', async () => {
    const opened = await openObject(primitives, keyring, sourceOf(flippedAt(start + 5)))
    const got = await collect(opened.stream({ first: 16_384, last: 16_400 }))
    expect(got.equals(pattern(3 * 16_384 + 100).subarray(16_384, 16_401))).toBe(true)
    await expect(collect(opened.stream())).rejects.toThrow(/^authentication failed$/)
  })

  test('beside the plaintext, or none at all, is a range error', async () => {
    const opened = await openObject(primitives, keyring, sourceOf(small))
    for (const [first, last] of [
      [0, 100],
      [100, 100],
      [-1, 5],
      [5, 4],
      [Number.NaN, 5],
      [0, Number.NaN],
      [0.5, 2],
    ] as const) {
      await expect(collect(opened.stream({ first, last })), `${first}-${last}`).rejects.toThrow(RangeError)
    }
  })
})

describe('a source', () => {
  const lying = (size: number): SealedSource => ({ ...sourceOf(small), size })
  const answering = (change: (data: Uint8Array) => Uint8Array): SealedSource => ({
    size: small.length,
    async read({ first, last }) {
      return streamOf(change(small.subarray(first, last + 1)))
    },
  })

  test('that lies about its size is refused', async () => {
    for (const size of [0, 1, small.length - 1, small.length + 1, 2 ** 40]) await refused(lying(size))
  })

  test('that answers with fewer, more or no bytes is refused', async () => {
    await refused(answering((data) => data.subarray(0, -1)))
    await refused(answering((data) => concat(data, u8(0))))
    await refused(answering(() => new Uint8Array(0)))
    await refused(answering((data) => concat(data, data)))
  })

  test.each([
    ['fewer', (data: Uint8Array) => data.subarray(0, -1)],
    ['a whole chunk fewer', (data: Uint8Array) => data.subarray(0, -SEALED_CHUNK)],
    ['more', (data: Uint8Array) => concat(data, u8(0))],
    ['a whole chunk more', (data: Uint8Array) => concat(data, pattern(SEALED_CHUNK))],
    ['none', () => new Uint8Array(0)],
  ])('that answers for the body alone with %s is refused, by whole and by range', async (_, change) => {
    let honest = true
    const source: SealedSource = {
      size: long.object.length,
      async read({ first, last }) {
        const data = long.object.subarray(first, last + 1)
        return streamOf(honest ? data : change(data), 1000)
      },
    }
    const opened = await openObject(primitives, keyring, source)
    honest = false
    await expect(collect(opened.stream())).rejects.toThrow(/^authentication failed$/)
    const range = { first: 16_384, last: 2 * 16_384 - 1 }
    await expect(collect(opened.stream(range))).rejects.toThrow(/^authentication failed$/)
  })

  test('is not asked for more than a head before anything was checked', async () => {
    const { h0 } = parseHeader(small, small.length)
    const huge = concat(h0, new Uint8Array(4).fill(0xff), pattern(20_000))
    let most = 0
    const source: SealedSource = {
      size: 2 ** 40,
      async read({ first, last }) {
        most = Math.max(most, last - first + 1)
        if (most > 2 ** 20) throw new Error('it asked for everything')
        return streamOf(concat(huge, new Uint8Array(2 ** 20)).subarray(first, last + 1))
      },
    }
    await refused(source)
    expect(most).toBeLessThan(160_000)
  })
})

describe('what a catalogue names', () => {
  test('must be the object: another id, or another head, is refused without a key', async () => {
    const { object, headDigest, binding } = await make()
    const id = Buffer.from(binding.objectId).toString('hex')
    const digest = Buffer.from(headDigest).toString('hex')
    expect(await openWhole(sourceOf(object), { objectId: id, headDigest: digest })).toHaveLength(100)
    await refused(object, { objectId: '00'.repeat(16) })
    await refused(object, { headDigest: '00'.repeat(32) })
    await refused(small, { objectId: id, headDigest: digest })
  })

  test('a sealed-again copy of the same picture has another head', async () => {
    const [a, b] = [await make(), await make()]
    await refused(b.object, { headDigest: Buffer.from(a.headDigest).toString('hex') })
  })
})

describe('a newer envelope', async () => {
  const forged = await make()
  const recipients = [recipientOf(TEST_KEYS, 768, 1, 1)]
  const envelope = (generation: number, dek = forged.dek, headHash = forged.headHash) =>
    makeEnvelope(primitives, recipients, forged.binding, headHash, dek, generation)
  const newer = await envelope(1)
  const { h0, envelope: embedded } = parseHeader(forged.object, forged.object.length)

  test('opens beside the embedded one', async () => {
    const opened = await openWhole(sourceOf(forged.object), { envelope: { generation: 1, bytes: newer } })
    expect(opened.equals(base.plaintext)).toBe(true)
  })

  test('that is missing, older or newer than named is refused', async () => {
    await refused(forged.object, { envelope: { generation: 1 } })
    await refused(forged.object, { envelope: { generation: 2, bytes: newer } })
    await refused(forged.object, { envelope: { generation: 0, bytes: newer } })
    await refused(forged.object, { envelope: { generation: 1, bytes: await envelope(2) } })
  })

  test('of another DEK or another object is refused', async () => {
    await refused(forged.object, { envelope: { generation: 1, bytes: await envelope(1, pattern(32)) } })
    await refused(forged.object, { envelope: { generation: 1, bytes: await envelope(1, forged.dek, pattern(64)) } })
    await refused(small, { envelope: { generation: 1, bytes: newer } })
  })

  test('does not excuse a flipped embedded one', async () => {
    const from = h0.length + 4
    const length = embedded.covered.length + 64
    for (const at of [from + 3, from + 40, from + 700, from + length - 65, from + length - 64, from + length - 1]) {
      const changed = forged.object.map((byte, i) => (i === at ? byte ^ 1 : byte))
      await refused(changed, { envelope: { generation: 1, bytes: newer } })
    }
  })

  test('flipped or cut is refused', async () => {
    for (const at of [0, 3, 4, 10, 200, newer.length - 1]) {
      const bytes = newer.map((byte, i) => (i === at ? byte ^ 1 : byte))
      await refused(forged.object, { envelope: { generation: 1, bytes } })
    }
    await refused(forged.object, { envelope: { generation: 1, bytes: newer.subarray(0, -1) } })
    await refused(forged.object, { envelope: { generation: 1, bytes: concat(newer, u8(0)) } })
  })
})

describe('a sealer that breaks a rule that only a key holder can see', () => {
  test('renditions in an object that is itself a rendition', async () => {
    const rendition = { parent: pattern(16), kind: 1 }
    expect(await openWhole(sourceOf((await make({ facts: { rendition } })).object))).toHaveLength(100)
    const metadata = { renditions: [{ kind: 1, objectId: pattern(16) }] }
    await refused((await make({ facts: { rendition }, metadata })).object)
    await refused((await make({ facts: { rendition }, metadata: { renditions: [] } })).object)
  })

  test('a chaos entry without the transform, and the transform without an entry', async () => {
    await refused((await make({ facts: { permuted: false }, metadata: { chaos: { map: 1, parameters: [3] } } })).object)
    const plain = { random: pattern(32), sha256: primitives.sha256(base.plaintext), mediaType: 'a/b' }
    await refused((await make({ meta: () => encodeMetadata(plain) })).object)
    const honest = await make({ meta: () => encodeMetadata({ ...plain, chaos: KNOWN_GOOD }) })
    expect(await openWhole(sourceOf(honest.object))).toHaveLength(100)
  })
})
