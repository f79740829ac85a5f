/**
 * Fuzzes what parses a sealed object: facts, metadata, envelopes and whole heads, mutated from the corpus. Each mutant is
 * refused by the one error, or is the one encoding of what it was read as. `node test/fuzz/header.ts --runs N --seed S`
 */
import { concat, hex, u32 } from '../../shared/keys/encoding.ts'
import { type Envelope, encodeEnvelope, parseEnvelope } from '../../shared/keys/envelope.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'
import { decodeCbor, encodeCbor } from '../../shared/vault/cbor.ts'
import { encodeFacts, parseFacts } from '../../shared/vault/facts.ts'
import { BODY_HEAD, bodySize, headerPart, headLength, MAX_HEAD, parseHeader } from '../../shared/vault/layout.ts'
import { encodeMetadata, parseMetadata } from '../../shared/vault/metadata.ts'
import { padded } from '../vectors/recipe.ts'
import { type Counts, Found, fuzzCommand } from './command.ts'
import { hexLines, sealedVectors } from './corpus.ts'
import { mutate, type Stock } from './mutate.ts'
import { type Random, seeded } from './random.ts'
import { envelopeRegions, objectRegions } from './regions.ts'

/** Heads of CBOR items, well formed or not. */
const WORDS = [
  ...['00', '17', '1800', '1818', '190001', '1affffffff', '1b0020000000000000', '1bffffffffffffffff', '1c', '20'],
  ...['40', '5f', '5820', '60', '7f', '63efbbbf', '61ff', '80', '81', '84', '9f', '9bffffffffffffffff', 'a0', 'a1'],
  ...['bf', 'b9ffff', 'c0', 'd9d9f7', 'e0', 'f4', 'f5', 'f6', 'f7', 'f93c00', 'fa3f800000', 'fb7ff8000000000000', 'ff'],
].map((word) => new Uint8Array(Buffer.from(word, 'hex')))

interface Target {
  readonly stocks: readonly Stock[]
  /** What the bytes are encoded to again. @throws AuthenticationFailed */
  again(random: Random, data: Uint8Array): Uint8Array
}

function stocksOf(
  originals: readonly Uint8Array[],
  regions: (data: Uint8Array) => Stock['regions'] = () => [],
): Stock[] {
  return originals.map((original) => ({ original, donors: originals, regions: regions(original), words: WORDS }))
}

/** With a MAC of nobody's, because parsing checks none. */
function envelopeAgain({ generation, records, mac }: Envelope): Uint8Array {
  return concat(encodeEnvelope(nodePrimitives, mac, mac, generation, records).slice(0, -mac.length), mac)
}

const objects = sealedVectors(8_192).map(({ object }) => object)
const TARGETS: Readonly<Record<string, Target>> = {
  facts: { stocks: stocksOf(hexLines('facts')), again: (_, data) => encodeFacts(parseFacts(data)) },
  metadata: {
    stocks: stocksOf(hexLines('metadata')),
    again(_, cbor) {
      const meta = encodeMetadata(parseMetadata(padded(cbor)))
      return meta.subarray(4, 4 + new DataView(meta.buffer).getUint32(0))
    },
  },
  padding: {
    stocks: stocksOf(hexLines('metadata').map(padded), () => [{ start: 0, end: 4, isLength: true }]),
    again: (_, meta) => encodeMetadata(parseMetadata(meta)),
  },
  cbor: {
    stocks: stocksOf([...hexLines('facts'), ...hexLines('metadata')]),
    again: (_, data) => encodeCbor(decodeCbor(data)),
  },
  envelope: {
    stocks: stocksOf(hexLines('envelope'), (data) => envelopeRegions(data, 0, data.length)),
    again: (random, data) => envelopeAgain(parseEnvelope(data, random.pick([768, 768, 768, 1024] as const))),
  },
  head: {
    stocks: stocksOf(objects, objectRegions),
    again(_, object) {
      const needed = headLength(object)
      if (needed > MAX_HEAD || needed < BODY_HEAD) throw new Error(`a head of ${needed} bytes`)
      const { facts, sealedMetadata, envelope, bodyOffset } = parseHeader(object.subarray(0, needed), object.length)
      const bytes = envelopeAgain(envelope)
      const head = concat(headerPart(encodeFacts(facts), sealedMetadata), u32(bytes.length), bytes)
      if (bodyOffset + bodySize(facts.plaintextLength) !== object.length) throw new Error('another size')
      return concat(head, object.subarray(bodyOffset))
    },
  },
}

function outcome(target: Target, random: Random, bytes: Uint8Array): 'accepted' | 'refused' | string {
  try {
    const again = target.again(random, bytes)
    return Buffer.compare(again, bytes) === 0 ? 'accepted' : `was accepted, and encodes to ${hex(again)}`
  } catch (error) {
    if (error instanceof AuthenticationFailed && error.message === 'authentication failed') return 'refused'
    return `threw ${error instanceof Error ? error.stack : error}`
  }
}

/** @throws Found */
export function fuzzHeader(runs: number, seed: number): Counts & Record<string, number> {
  const counts = { runs, accepted: 0, refused: 0 }
  const acceptedBy: Record<string, number> = {}
  for (let run = 0; run < runs; run++) {
    const random = seeded(seed, run)
    const name = random.pick(Object.keys(TARGETS))
    const target = TARGETS[name]
    if (!target) continue
    const { kind, bytes } = mutate(random, random.pick(target.stocks))
    const seen = outcome(target, random, bytes)
    if (seen === 'accepted') {
      counts.accepted += 1
      acceptedBy[name] = (acceptedBy[name] ?? 0) + 1
    } else if (seen === 'refused') counts.refused += 1
    else throw new Found(`seed ${seed}, run ${run}: ${name} (${kind}) ${seen}\n${hex(bytes)}`)
  }
  return { ...counts, ...acceptedBy }
}

if (import.meta.main) await fuzzCommand(fuzzHeader)
