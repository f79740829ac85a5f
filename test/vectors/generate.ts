/**
 * Writes the vectors of docs/FORMAT.md section 11 into test/vectors/v1. Vectors of a released version stay for ever:
 * existing files are never overwritten, so this only ever adds.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { concat, hex, u8 } from '../../shared/keys/encoding.ts'
import { encodeEnvelope } from '../../shared/keys/envelope.ts'
import { wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { sealChunk } from '../../shared/vault/body.ts'
import { encodeCbor } from '../../shared/vault/cbor.ts'
import type { Facts } from '../../shared/vault/facts.ts'
import type { Metadata } from '../../shared/vault/metadata.ts'
import { type Forged, type Forgery, forge, honestChunks } from '../support/forge.ts'
import { recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'

const here = import.meta.dirname
const openFolder = join(here, 'v1', 'open')
const refuseFolder = join(here, 'v1', 'refuse')
for (const folder of [openFolder, refuseFolder]) mkdirSync(folder, { recursive: true })

function write(path: string, data: Uint8Array | object): void {
  writeFileSync(path, data instanceof Uint8Array ? data : `${JSON.stringify(data, null, 2)}\n`)
}

const base = { stackId: TEST_KEYS.stack, recipients: [recipientOf(TEST_KEYS, 768)], plaintext: pattern(100) }

/** Fifteen recipients whose KMS key is not on the allow-list. */
const strangers = Array.from({ length: 15 }, (_, i) => {
  const recipient = recipientOf(TEST_KEYS, 768, 0, 2)
  return { ...recipient, kem: { ...recipient.kem, keyId: `kem-stranger-${i}` } }
})

async function opens(name: string, about: string, forgery: Partial<Forgery>, newer?: number): Promise<void> {
  if (existsSync(join(openFolder, `${name}.json`))) return
  const made = { ...base, ...forgery }
  const forged = await forge(made)
  const { object, dek, metaHash } = forged
  const beside = newer === undefined ? undefined : await newerEnvelope(forged, newer)
  if (beside) write(join(openFolder, `${name}.envelope`), beside.envelope)
  write(join(openFolder, `${name}.slv`), object)
  write(join(openFolder, `${name}.json`), {
    name,
    about,
    object: `${name}.slv`,
    sha256: hex(primitives.sha256(made.plaintext)),
    length: made.plaintext.length,
    tier: made.facts?.tier ?? 2,
    mediaType: made.metadata?.mediaType ?? 'application/octet-stream',
    ...(made.metadata?.fileName && { fileName: made.metadata.fileName }),
    metaSha512: hex(metaHash),
    dek: hex(dek),
    ...(beside && { envelope: `${name}.envelope`, generation: beside.generation }),
  })
}

interface Extra {
  readonly expect?: { readonly id: string; readonly headDigest: string }
  readonly envelope?: Uint8Array
  readonly generation?: number
}

async function refused(
  name: string,
  breaks: string,
  about: string,
  forgery: Partial<Forgery>,
  change: (forged: Forged) => Uint8Array | Promise<Uint8Array> = ({ object }) => object,
  extra?: (forged: Forged) => Extra | Promise<Extra>,
): Promise<void> {
  if (existsSync(join(refuseFolder, `${name}.json`))) return
  const forged = await forge({ ...base, ...forgery })
  const { envelope, ...rest } = (await extra?.(forged)) ?? {}
  write(join(refuseFolder, `${name}.slv`), await change(forged))
  if (envelope) write(join(refuseFolder, `${name}.envelope`), envelope)
  const file = envelope ? { envelope: `${name}.envelope` } : {}
  write(join(refuseFolder, `${name}.json`), { name, breaks, about, object: `${name}.slv`, ...file, ...rest })
}

function flipped(data: Uint8Array, at: number): Uint8Array {
  const copy = data.slice()
  const index = at < 0 ? copy.length + at : at
  copy[index] = (copy[index] ?? 0) ^ 1
  return copy
}

/** An envelope for another of the reader's keys, to stand beside the object. */
async function newerEnvelope({ dek, binding, headHash }: Forged, generation: number) {
  const record = await wrap(primitives, recipientOf(TEST_KEYS, 768, 1, 1), binding, dek)
  return { envelope: encodeEnvelope(primitives, dek, headHash, generation, [record]), generation }
}

write(join(here, 'keys.json'), TEST_KEYS)

// ---- must open -----------------------------------------------------------------------------------------------------

for (const length of [0, 1, 15, 16, 17, 16_383, 16_384, 16_385]) {
  await opens(`bytes-${length}`, `${length} bytes, ML-KEM-768`, { plaintext: pattern(length, length) })
}
await opens('chunks-3', 'two full chunks and a short one, ML-KEM-768', { plaintext: pattern(2 * 16_384 + 1000, 3) })
await opens('mib-1', 'exactly 1 MiB, ML-KEM-1024: the last chunk is empty', {
  plaintext: pattern(2 ** 20, 4),
  recipients: [recipientOf(TEST_KEYS, 1024)],
})
await opens('level-1024', 'ML-KEM-1024, tier restricted', {
  plaintext: pattern(5000, 5),
  recipients: [recipientOf(TEST_KEYS, 1024)],
  facts: { tier: 3 },
})
await opens('recipients-2', 'two recipients, the second under an ARN; a newer generation', {
  plaintext: pattern(5000, 6),
  recipients: [recipientOf(TEST_KEYS, 768, 0, 0), recipientOf(TEST_KEYS, 768, 1, 1)],
  generation: 7,
})
await opens('second-is-mine', "the first recipient is not the reader's: its KMS key is not on the allow-list", {
  recipients: [recipientOf(TEST_KEYS, 768, 0, 2), recipientOf(TEST_KEYS, 768, 1, 1)],
})
await opens('not-permuted', 'no transforms, and so no chaos entry', {
  plaintext: pattern(20_000, 8),
  facts: { permuted: false },
})
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
await opens('metadata-full', 'every metadata entry, another map parameter', {
  plaintext: pattern(40_000, 9),
  metadata: everything,
})
await opens('metadata-long', 'metadata of more than one page of padding', {
  metadata: { reasons: Array.from({ length: 60 }, (_, i) => `${i} `.padEnd(200, 'x')) },
})
await opens('rendition', 'a preview of another object', {
  facts: { rendition: { parent: pattern(16, 11), kind: 1 } },
  metadata: { mediaType: 'image/webp' },
})
for (const length of [32, 47, 48]) {
  await opens(`bytes-${length}`, `${length} bytes: a last chunk of 2 or 3 blocks`, {
    plaintext: pattern(length, length),
  })
}
await opens('tier-public-display', 'tier public, a display rendition', {
  facts: { tier: 0, rendition: { parent: pattern(16, 12), kind: 2 }, created: 2 ** 33 },
})
await opens(
  'newer-envelope',
  "a newer envelope beside an embedded one that is not the reader's",
  {
    recipients: [recipientOf(TEST_KEYS, 768, 0, 2)],
  },
  3,
)
await opens('records-16', "sixteen records, the last the reader's, all optional arrays empty", {
  recipients: [...strangers, recipientOf(TEST_KEYS, 768)],
  metadata: { detections: [], models: [], renditions: [], reasons: [] },
})

// ---- must be refused -----------------------------------------------------------------------------------------------

await refused('empty', '2', 'no bytes at all', {}, () => new Uint8Array(0))
await refused('cut-by-one', '2', 'the last byte is missing', {}, ({ object }) => object.subarray(0, -1))
await refused('one-too-many', '2', 'one byte behind the end', {}, ({ object }) => concat(object, u8(0)))
await refused('last-chunk-left-out', '2', '16,384 bytes without the empty last chunk, all keys right', {
  plaintext: pattern(16_384),
  chunks: (plaintext, keys) => honestChunks(plaintext, keys).slice(0, 1),
})
await refused('length-too-long', '2', 'the facts claim one byte more than the authentic body holds', {
  facts: { plaintextLength: 101 },
})
await refused('facts-flipped', '6.2', 'the tier was changed from 2 to 0 in place', {}, ({ object }) => {
  // Fact 4 stands behind the head of the facts, the object id and the creation time.
  const changed = object.slice()
  changed[6 + 1 + 2 + 18 + 6 + 1] = 0
  return changed
})

function factsWith(change: (entries: [number, unknown][], facts: Facts) => [number, unknown][]) {
  return (honest: Uint8Array, facts: Facts): Uint8Array => {
    const entries: [number, unknown][] = [
      [1, facts.suite],
      [2, facts.objectId],
      [3, facts.created],
      [4, facts.tier],
      [5, facts.plaintextLength],
      [6, Uint8Array.of(1)],
    ]
    const changed = change(entries, facts)
    if (changed === entries) return honest
    // Written by hand: a deterministic encoder would sort.
    return concat(
      u8(0xa0 + changed.length),
      ...changed.flatMap(([key, value]) => [u8(key), encodeCbor(value as never)]),
    )
  }
}
await refused('facts-unsorted', '3', 'keys 1 and 2 swapped, everything else recomputed', {
  factsBytes: factsWith((entries) =>
    [entries[1], entries[0], ...entries.slice(2)].filter((entry) => entry !== undefined),
  ),
})
await refused('facts-unknown-transform', '3', 'transform 02, reserved, everything else recomputed', {
  factsBytes: factsWith((entries) => entries.map(([key, value]) => [key, key === 6 ? Uint8Array.of(2) : value])),
})
await refused('facts-unknown-key', '3', 'a ninth fact', {
  factsBytes: factsWith((entries) => [...entries, [9, 1]]),
})
await refused('padding-not-zero', '5', 'a byte of the padding is 1, sealed validly', {
  meta: (meta) => flipped(meta, -1),
})
await refused('padding-too-long', '5', 'a page of zeros too many, sealed validly', {
  meta: (meta) => concat(meta, new Uint8Array(4096)),
})
await refused('chaos-unknown-map', '8.1', 'map 99, sealed validly', {
  metadata: { chaos: { map: 99, parameters: [1] } },
})
await refused('chaos-even-parameter', '8.1', 'map 1 with an even K, sealed validly', {
  metadata: { chaos: { map: 1, parameters: [2] } },
})
await refused('not-mine', '6.2', 'sealed to a KMS key that is not on the allow-list', {
  recipients: [recipientOf(TEST_KEYS, 768, 0, 2)],
})
await refused('other-stack', '6.2', 'sealed for another stack with the same keys', { stackId: 'elsewhere' })
await refused('same-recipient-twice', '6', 'two records with the same pair of key ids', {
  recipients: [recipientOf(TEST_KEYS, 768), recipientOf(TEST_KEYS, 768)],
})
await refused('mac-flipped', '6.2', 'the last byte of the envelope', { envelope: (envelope) => flipped(envelope, -1) })
const stranger = await wrap(
  primitives,
  recipientOf(TEST_KEYS, 768),
  { stackId: TEST_KEYS.stack, objectId: pattern(16), suite: 1, facts: pattern(40) },
  pattern(32, 99),
)
await refused('record-of-another-object', '6.2', 'a record that was made for another object', {
  records: () => [stranger],
})
await refused('commitment-flipped', '7', 'the key commitment, nothing else', {
  commitment: (commitment) => flipped(commitment, 0),
})
await refused('chunks-swapped', '7', 'chunks 0 and 1 of a body swapped', {
  plaintext: pattern(40_000),
  chunks(plaintext, keys) {
    const [first, second, ...rest] = honestChunks(plaintext, keys)
    return first && second ? [second, first, ...rest] : []
  },
})
await refused('chunk-of-the-next', '7', 'chunk 0 sealed under the nonce of chunk 1', {
  chunks: (plaintext, keys) => [sealChunk(keys, plaintext, 1)],
})
await refused(
  'catalogue-names-another',
  '9',
  'an authentic object in the place of another',
  {},
  undefined,
  (forged) => ({
    expect: { id: '00'.repeat(16), headDigest: hex(forged.headDigest) },
  }),
)
await refused(
  'catalogue-names-another-head',
  '9',
  'the right object id, but another sealing of it',
  {},
  undefined,
  ({ binding }) => ({ expect: { id: hex(binding.objectId), headDigest: '00'.repeat(32) } }),
)
await refused(
  'newer-envelope-missing',
  '6.3',
  'the catalogue names generation 1, and no envelope lies beside the object',
  {},
  undefined,
  () => ({ generation: 1 }),
)
await refused(
  'embedded-mac-flipped',
  '6.3',
  'a right newer envelope beside an embedded one whose MAC was changed',
  { envelope: (envelope) => flipped(envelope, -1) },
  undefined,
  (forged) => newerEnvelope(forged, 1),
)
const twoOfMine = [recipientOf(TEST_KEYS, 768, 0, 0), recipientOf(TEST_KEYS, 768, 1, 1)]
await refused('bad-record-before-good', '6.2', "two records of the reader's, the tag of the first is wrong", {
  recipients: twoOfMine,
  records: ([first, second]) => (first && second ? [{ ...first, wrapped: second.wrapped }, second] : []),
})
await refused(
  'record-wraps-another-dek',
  '6.2',
  "the first record, the reader's, validly wraps another DEK than the MAC's",
  {
    recipients: twoOfMine,
    async records([, second], binding) {
      const other = await wrap(primitives, recipientOf(TEST_KEYS, 768, 0, 0), binding, pattern(32, 98))
      return second ? [other, second] : []
    },
  },
)
await refused(
  'envelope-rolled-back',
  '6.3',
  'the catalogue names generation 2, the envelope beside the object is an authentic generation 1',
  {},
  undefined,
  async (forged) => ({ ...(await newerEnvelope(forged, 1)), generation: 2 }),
)
await refused('suite-of-the-other-level', '6', 'facts say suite 2, the records are ML-KEM-768', { facts: { suite: 2 } })
await refused('kind-unknown', '6', 'a first record of kind 2 beside an honest second one, the MAC made over both', {
  recipients: [recipientOf(TEST_KEYS, 768, 0, 0), recipientOf(TEST_KEYS, 768, 1, 1)],
  covered(covered) {
    const changed = covered.slice()
    changed[4 + 1 + 4] = 2
    return changed
  },
})
