/**
 * Which map a sealed object's permutation has, and with which parameters: what the picture's features pick, or, where an
 * orbit of that choice fails, the known good ones. Random bytes are drawn from a counter, so that each run seals the same.
 */
import { describe, expect, test } from 'vitest'
import { chaosFromFeatures, KNOWN_GOOD, orbitsPass } from '../../shared/chaos/checks.ts'
import type { Chaos } from '../../shared/chaos/permutation.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { chaosSeed } from '../../shared/vault/body.ts'
import { encodeMetadata, type Metadata } from '../../shared/vault/metadata.ts'
import { openObject } from '../../shared/vault/open.ts'
import { sealObject } from '../../shared/vault/seal.ts'
import { keyringOf, recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { collect, pattern, sourceOf, streamOf } from '../support/memory.ts'

const plaintext = pattern(100)
const keyring = keyringOf(TEST_KEYS)

/** Words of 32 bits at the digest's beginning, and its ninth byte. */
function features(first: number, second: number, ninth: number): Uint8Array {
  const digest = new Uint8Array(32).fill(0x5a)
  const view = new DataView(digest.buffer)
  view.setUint32(0, first)
  view.setUint32(4, second)
  digest[8] = ninth
  return digest
}

/** What was sealed and opened again, and whether a choice passes on the seed that it would have had. */
async function sealed(featureDigest: Uint8Array | undefined, run: number) {
  const drawn: Uint8Array[] = []
  const random = (length: number) => {
    const bytes = pattern(length, 1 + run * 1_000 + drawn.length)
    drawn.push(bytes.slice())
    return bytes
  }
  const primitives = { ...nodePrimitives, random }
  const object = await sealObject(primitives, {
    stackId: TEST_KEYS.stack,
    recipients: [recipientOf(TEST_KEYS, 768)],
    ...{ created: 1_790_000_000, tier: 2, plaintextLength: plaintext.length },
    metadata: {
      sha256: nodePrimitives.sha256(plaintext),
      mediaType: 'image/jpeg',
      ...(featureDigest && { featureDigest }),
    },
  })
  const bytes = await collect(object.stream(streamOf(plaintext)))
  const { metadata } = await openObject(nodePrimitives, keyring, sourceOf(bytes))
  const dek = drawn[0] ?? new Uint8Array(0)
  const passes = (chaos: Chaos) => {
    const meta: Metadata = { ...metadata, chaos }
    return orbitsPass(chaosSeed(nodePrimitives, dek, nodePrimitives.sha512(encodeMetadata(meta))), chaos)
  }
  return { chaos: metadata.chaos, passes }
}

describe('the features of a picture pick', () => {
  test.each([0, 2, 0x5a, 254])(
    'map 1 and their first word, made odd, where the ninth byte is even: %i',
    async (ninth) => {
      const { chaos } = await sealed(features(0x12345678, 0x9abcdef0, ninth), 0)
      expect(chaos).toEqual({ map: 1, parameters: [0x12345679] })
    },
  )

  test.each([1, 3, 0x5b, 255])('map 2 and their first two words, made odd, where it is odd: %i', async (ninth) => {
    const { chaos } = await sealed(features(0x12345678, 0x9abcdef0, ninth), 0)
    expect(chaos).toEqual({ map: 2, parameters: [0x12345679, 0x9abcdef1] })
  })
})

describe('known good parameters are used', () => {
  test('where an orbit of what the features pick fails, there alone, and their own orbits pass', async () => {
    // A kick of strength 1: uneven from one start in ten.
    const weak = features(0, 0, 0)
    const choice = chaosFromFeatures(weak)
    expect(choice).toEqual({ map: 1, parameters: [1] })
    const kept: boolean[] = []
    for (let run = 0; run < 30; run++) {
      const { chaos, passes } = await sealed(weak, run)
      kept.push(passes(choice))
      expect(chaos, `run ${run}`).toEqual(passes(choice) ? choice : KNOWN_GOOD)
      expect(chaos && passes(chaos), `run ${run}`).toBe(true)
    }
    expect(new Set(kept)).toEqual(new Set([true, false]))
  })

  test('where nothing is known of the picture', async () => {
    const { chaos, passes } = await sealed(undefined, 0)
    expect(chaos).toEqual(KNOWN_GOOD)
    expect(passes(KNOWN_GOOD)).toBe(true)
  })
})
