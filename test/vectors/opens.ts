/** The vectors that must open. */
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import type { Metadata } from '../../shared/vault/metadata.ts'
import { recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'
import { type Opens, STRANGERS, TWO_OF_MINE } from './recipe.ts'

const everything: Partial<Metadata> = {
  mediaType: 'image/jpeg',
  fileName: 'Ärztin – Röntgen 2026.jpg',
  dimensions: { width: 4032, height: 3024 },
  detections: [
    { kind: 'face', score: 9876, box: [1000, 2000, 3000, 4000] },
    { kind: 'location', score: 10_000 },
  ],
  featureDigest: primitives.sha256(pattern(1)),
  uploader: 'arn:aws:iam::000000000000:user/a',
  source: { bucket: 'intake', key: 'k', version: 'v', sequencer: '00A1' },
  chaos: { map: 1, parameters: [3] },
  score: 5000,
  models: ['detector@1'],
  renditions: [{ kind: 1, objectId: pattern(16) }, { kind: 2, objectId: pattern(16, 2) }], // biome-ignore format: two
  reasons: ['1 face'],
}

/** Keys of uploads that the metadata holds otherwise, and one that only looks like it. */
const MARKED: readonly (readonly [name: string, key: string, about: string])[] = [
  ['source-marked', '\uFEFFa.jpg', 'a source whose key begins with U+FEFF'],
  ['source-zero-marked', '\0\uFEFFa.jpg', 'a source whose key begins with U+0000 and U+FEFF'],
  ['source-zero', '\0a.jpg', 'a source whose key begins with U+0000'],
]

export const OPENS: readonly Opens[] = [
  ...[0, 1, 15, 16, 17, 16_383, 16_384, 16_385].map((length) => ({
    name: `bytes-${length}`,
    about: `${length} bytes, ML-KEM-768`,
    forgery: { plaintext: pattern(length, length) },
  })),
  ...[32, 47, 48].map((length) => ({
    name: `bytes-${length}`,
    about: `${length} bytes: a last chunk of 2 or 3 blocks`,
    forgery: { plaintext: pattern(length, length) },
  })),
  {
    name: 'chunks-3',
    about: 'two full chunks and a short one, ML-KEM-768',
    forgery: { plaintext: pattern(2 * 16_384 + 1000, 3) },
  },
  {
    name: 'mib-1',
    about: 'exactly 1 MiB, ML-KEM-1024: the last chunk is empty',
    forgery: { plaintext: pattern(2 ** 20, 4), recipients: [recipientOf(TEST_KEYS, 1024)] },
  },
  {
    name: 'level-1024',
    about: 'ML-KEM-1024, tier restricted',
    forgery: { plaintext: pattern(5000, 5), recipients: [recipientOf(TEST_KEYS, 1024)], facts: { tier: 3 } },
  },
  {
    name: 'recipients-2',
    about: 'two recipients, the second under an ARN; a newer generation',
    forgery: { plaintext: pattern(5000, 6), recipients: TWO_OF_MINE, generation: 7 },
  },
  {
    name: 'second-is-mine',
    about: "the first recipient is not the reader's: its KMS key is not on the allow-list",
    forgery: { recipients: [recipientOf(TEST_KEYS, 768, 0, 2), recipientOf(TEST_KEYS, 768, 1, 1)] },
  },
  {
    name: 'not-permuted',
    about: 'no transforms, and so no chaos entry',
    forgery: { plaintext: pattern(20_000, 8), facts: { permuted: false } },
  },
  {
    name: 'metadata-full',
    about: 'every metadata entry, another map parameter',
    forgery: { plaintext: pattern(40_000, 9), metadata: everything },
  },
  {
    name: 'map-2',
    about: 'map 2, two full chunks and a last one of three blocks',
    forgery: {
      plaintext: pattern(2 * 16_384 + 50, 13),
      metadata: { chaos: { map: 2, parameters: [2 ** 32 - 1, 0x85ebca6b] } },
    },
  },
  {
    name: 'metadata-long',
    about: 'metadata of more than one page of padding',
    forgery: { metadata: { reasons: Array.from({ length: 60 }, (_, i) => `${i} `.padEnd(200, 'x')) } },
  },
  {
    name: 'rendition',
    about: 'a preview of another object',
    forgery: { facts: { rendition: { parent: pattern(16, 11), kind: 1 } }, metadata: { mediaType: 'image/webp' } },
  },
  {
    name: 'tier-public-display',
    about: 'tier public, a display rendition',
    forgery: { facts: { tier: 0, rendition: { parent: pattern(16, 12), kind: 2 }, created: 2 ** 33 } },
  },
  {
    name: 'newer-envelope',
    about: "a newer envelope beside an embedded one that is not the reader's",
    forgery: { recipients: [recipientOf(TEST_KEYS, 768, 0, 2)] },
    newer: 3,
  },
  {
    name: 'records-16',
    about: "sixteen records, the last the reader's, all optional arrays empty",
    forgery: {
      recipients: [...STRANGERS.slice(0, 15), recipientOf(TEST_KEYS, 768)],
      metadata: { detections: [], models: [], renditions: [], reasons: [] },
    },
  },
  ...MARKED.map(([name, key, about]) => ({
    name,
    about,
    forgery: { metadata: { source: { bucket: 'intake', key, version: 'v', sequencer: '00A1' } } },
    tells: 'source' as const,
  })),
]
