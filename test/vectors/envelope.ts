/** Refused by section 6: the envelope's form, whose key opens it, its MAC, and newer envelopes. */
import { contextBytes } from '../../shared/keys/context.ts'
import { concat, lp, text, u8, u32 } from '../../shared/keys/encoding.ts'
import { encodeEnvelope } from '../../shared/keys/envelope.ts'
import { type HybridRecord, type Recipient, wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import type { Forgery } from '../support/forge.ts'
import { recipientOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'
import { flipped, newerEnvelope, type Refused, refused, replaced, STRANGERS, TWO_OF_MINE } from './recipe.ts'

const MINE = recipientOf(TEST_KEYS, 768)
const NOT_MINE = recipientOf(TEST_KEYS, 768, 0, 2)
const OTHER_DEK = pattern(32, 98)

interface RawRecord {
  readonly kind?: number
  readonly kemKeyId?: Uint8Array
  readonly ct?: Uint8Array
  readonly kmsKeyId?: Uint8Array
  readonly blob?: Uint8Array
  readonly wrapped?: Uint8Array
}

function recordBytes(record: HybridRecord, raw: RawRecord = {}): Uint8Array {
  return concat(
    u8(raw.kind ?? 1),
    lp(raw.kemKeyId ?? text(record.kemKeyId)),
    lp(raw.ct ?? record.ciphertext),
    lp(raw.kmsKeyId ?? text(record.kmsKeyId)),
    lp(raw.blob ?? record.blob),
    raw.wrapped ?? record.wrapped,
  )
}

/** A stranger's record that breaks a rule, in front of an honest one of the reader's, the MAC made over both. */
function besideMine(raw: RawRecord): Partial<Forgery> {
  return {
    recipients: [NOT_MINE, MINE],
    covered: (_, [stranger, mine]) =>
      stranger && mine
        ? concat(u32(0), u8(2), lp(recordBytes(stranger, raw)), lp(recordBytes(mine)))
        : new Uint8Array(0),
  }
}

/** The reader's recipient, whose KMS hands out data keys of 31 bytes. */
const shortDataKeys: Recipient = {
  kem: MINE.kem,
  dataKeys: {
    async generateDataKey(context) {
      const [kms] = TEST_KEYS.kms
      const nonce = primitives.random(12)
      const plaintext = primitives.random(31)
      const aead = primitives.aes256Gcm(Buffer.from(kms?.key ?? '', 'hex'))
      const blob = concat(nonce, aead.seal(nonce, plaintext, contextBytes(context)))
      return { keyId: kms?.keyId ?? '', plaintext, blob }
    },
  },
}

const form: readonly Refused[] = [
  refused('records-0', '6', 'no record', { records: () => [] }),
  refused('records-17', '6', "seventeen records, the last the reader's", { recipients: [...STRANGERS, MINE] }),
  refused('records-fewer-than-n', '6', 'n is 2, one record', { covered: (covered) => replaced(covered, 4, 2) }),
  refused('byte-behind-records', '6', 'a zero byte between the last record and the MAC, which covers it', {
    covered: (covered) => concat(covered, u8(0)),
  }),
  refused('same-recipient-twice', '6', 'two records with the same pair of key ids', { recipients: [MINE, MINE] }),
  refused('kind-unknown', '6', 'a first record of kind 2 beside an honest second one, the MAC made over both', {
    recipients: TWO_OF_MINE,
    covered: (covered) => replaced(covered, 4 + 1 + 4, 2),
  }),
  refused(
    'byte-behind-wrapped',
    '6',
    "a byte behind wrapped in a stranger's record",
    besideMine({ wrapped: pattern(49) }),
  ),
  refused('wrapped-of-47', '6', "a stranger's record whose wrapped has 47 bytes", besideMine({ wrapped: pattern(47) })),
  refused('key-id-with-blank', '6', 'a KEM key id with a blank', besideMine({ kemKeyId: text('kem 0001') })),
  refused('key-id-with-delete', '6', 'a KMS key id with a byte 7f', besideMine({ kmsKeyId: text('local/data\x7f') })),
  refused('key-id-empty', '6', 'a KEM key id of no bytes', besideMine({ kemKeyId: text('') })),
  refused('key-id-of-257', '6', 'a KEM key id of 257 bytes', besideMine({ kemKeyId: text('k'.repeat(257)) })),
  refused('key-id-of-2049', '6', 'a KMS key id of 2,049 bytes', besideMine({ kmsKeyId: text('k'.repeat(2049)) })),
  refused('blob-empty', '6', 'a blob of no bytes', besideMine({ blob: text('') })),
  refused('blob-of-6145', '6', 'a blob of 6,145 bytes', besideMine({ blob: pattern(6145) })),
  refused('ct-too-long', '6', 'an ML-KEM ciphertext of 1,089 bytes', besideMine({ ct: pattern(1089) })),
  refused('suite-of-the-other-level', '6', 'facts say suite 2, the records are ML-KEM-768', { facts: { suite: 2 } }),
]

const unwrapping: readonly Refused[] = [
  refused('not-mine', '6.2', 'sealed to a KMS key that is not on the allow-list', { recipients: [NOT_MINE] }),
  refused('other-stack', '6.2', 'sealed for another stack with the same keys', { stackId: 'elsewhere' }),
  refused('record-of-another-object', '6.2', 'a record that was made for another object', {
    async records() {
      const binding = { stackId: TEST_KEYS.stack, objectId: pattern(16), suite: 1, facts: pattern(40) }
      return [await wrap(primitives, MINE, binding, pattern(32, 99))]
    },
  }),
  refused('data-key-of-31', '6.2', 'a pdk of 31 bytes, wrapped and used as it should be', {
    recipients: [shortDataKeys],
  }),
  refused('bad-record-before-good', '6.2', "two records of the reader's, the tag of the first is wrong", {
    recipients: TWO_OF_MINE,
    records: ([first, second]) => (first && second ? [{ ...first, wrapped: second.wrapped }, second] : []),
  }),
  refused('mac-flipped', '6.2', 'the last byte of the envelope', { envelope: (envelope) => flipped(envelope, -1) }),
  refused(
    'record-wraps-another-dek',
    '6.2',
    "the first record, the reader's, validly wraps another DEK than the MAC's",
    {
      recipients: TWO_OF_MINE,
      async records([, second], binding) {
        const other = await wrap(primitives, MINE, binding, OTHER_DEK)
        return second ? [other, second] : []
      },
    },
  ),
  refused(
    'second-wraps-another-dek',
    '6.2',
    "the second record, the reader's, validly wraps another DEK than a stranger's first, whose MAC and object it is",
    {
      recipients: [NOT_MINE, MINE],
      async records([first], binding) {
        return first ? [first, await wrap(primitives, MINE, binding, OTHER_DEK)] : []
      },
    },
  ),
  refused(
    'mac-under-another-dek',
    '6.2',
    "the reader's record wraps the object's DEK; a stranger's record wraps another, under which the MAC is made",
    {
      recipients: [NOT_MINE, MINE],
      macDek: OTHER_DEK,
      async records([, mine], binding) {
        return mine ? [await wrap(primitives, NOT_MINE, binding, OTHER_DEK), mine] : []
      },
    },
  ),
  refused(
    'generation-raised',
    '6.2',
    'the catalogue names generation 1; the embedded envelope, of generation 0, was changed to say so',
    { envelope: (envelope) => replaced(envelope, 3, 1) },
    { named: () => ({ generation: 1 }) },
  ),
]

const newer: readonly Refused[] = [
  refused(
    'newer-envelope-missing',
    '6.3',
    'the catalogue names generation 1, and no envelope lies beside the object',
    {},
    { named: () => ({ generation: 1 }) },
  ),
  refused(
    'envelope-rolled-back',
    '6.3',
    'the catalogue names generation 2, the envelope beside the object is an authentic generation 1',
    {},
    { named: async (forged) => ({ ...(await newerEnvelope(forged, 1)), generation: 2 }) },
  ),
  refused(
    'embedded-mac-flipped',
    '6.3',
    'a right newer envelope beside an embedded one whose MAC was changed',
    { envelope: (envelope) => flipped(envelope, -1) },
    { named: (forged) => newerEnvelope(forged, 1) },
  ),
  refused(
    'embedded-of-another-dek',
    '6.3',
    "a right newer envelope beside an embedded one, a stranger's, that was made under another DEK",
    {
      recipients: [NOT_MINE],
      macDek: OTHER_DEK,
      records: async (_, binding) => [await wrap(primitives, NOT_MINE, binding, OTHER_DEK)],
    },
    { named: (forged) => newerEnvelope(forged, 1) },
  ),
  refused(
    'embedded-malformed',
    '6',
    "a right newer envelope beside an embedded one, a stranger's, whose record is of kind 2",
    { recipients: [NOT_MINE], covered: (covered) => replaced(covered, 4 + 1 + 4, 2) },
    { named: (forged) => newerEnvelope(forged, 1) },
  ),
  refused(
    'newer-mac-flipped',
    '6.2',
    'a newer envelope whose MAC was changed beside a right embedded one',
    {},
    {
      async named(forged) {
        const { envelope, generation } = await newerEnvelope(forged, 1)
        return { envelope: flipped(envelope, -1), generation }
      },
    },
  ),
  refused(
    'newer-of-another-head',
    '6.2',
    'a newer envelope for the same DEK and facts, its MAC made over another H0',
    {},
    {
      async named({ dek, binding }) {
        const record = await wrap(primitives, recipientOf(TEST_KEYS, 768, 1, 1), binding, dek)
        return { envelope: encodeEnvelope(primitives, dek, pattern(64), 1, [record]), generation: 1 }
      },
    },
  ),
]

export const ENVELOPE: readonly Refused[] = [...form, ...unwrapping, ...newer]
