/**
 * One mutation of a sealed object, of a newer envelope beside one, or of a link token, and what became of it: each must be
 * refused by the one message. Number and seed give the same mutant each time, made of the committed vectors.
 */
import { readToken } from '../../shared/links/token.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'
import { parseHeader } from '../../shared/vault/layout.ts'
import { type Expectation, openObject } from '../../shared/vault/open.ts'
import { hmacSha256, secretsOf } from '../links/crypto.ts'
import { quickKeyringOf, TEST_KEYS } from '../support/keyring.ts'
import { sourceOf } from '../support/memory.ts'
import { lines, linkKeys, sealedVectors } from './corpus.ts'
import { mutate } from './mutate.ts'
import { type Random, seeded } from './random.ts'
import { envelopeRegions, objectRegions } from './regions.ts'
import { tokenMutant } from './token.ts'

export interface Verdict {
  readonly target: 'object' | 'envelope' | 'token'
  /** The mutation. */
  readonly kind: string
  /** `identical`: the mutant is an authentic one to the byte, and so may open. */
  readonly outcome: 'refused' | 'identical' | 'accepted' | 'error'
  readonly detail?: string
}

type Outcome = Pick<Verdict, 'outcome' | 'detail'>

const keyring = quickKeyringOf(TEST_KEYS)
const sealed = sealedVectors(24_000)
const objects = sealed.map(({ object }) => object)
const stocks = sealed.map((vector) => ({
  ...vector,
  stock: { original: vector.object, donors: objects, regions: objectRegions(vector.object) },
}))
const besides = sealed.flatMap(({ object, newer }) => (newer ? [{ object, newer }] : []))
const envelopes = [...besides.map(({ newer }) => newer.bytes), ...objects.map(embedded)]
const secrets = secretsOf(...linkKeys())
const authentic: string[] = []
for (const token of lines('token')) {
  if (await readToken(token, secrets, hmacSha256)) authentic.push(token)
}

function embedded(object: Uint8Array): Uint8Array {
  const { h0, bodyOffset } = parseHeader(object, object.length)
  return object.subarray(h0.length + 4, bodyOffset)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Reads to the last byte, through the function that `open` calls. */
async function opened(object: Uint8Array, expected: Expectation, isAuthentic: () => boolean): Promise<Outcome> {
  let length = 0
  try {
    const { stream } = await openObject(nodePrimitives, keyring, sourceOf(object), expected)
    for await (const part of stream()) length += part.length
  } catch (error) {
    if (error instanceof AuthenticationFailed && error.message === 'authentication failed')
      return { outcome: 'refused' }
    return { outcome: 'error', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  return isAuthentic() ? { outcome: 'identical' } : { outcome: 'accepted', detail: `${length} bytes` }
}

async function attackObject(random: Random): Promise<Verdict> {
  const { stock, newer } = random.pick(stocks)
  const { kind, bytes } = mutate(random, stock)
  const expected = newer ? { envelope: newer } : {}
  const isAuthentic = () => objects.some((object) => same(object, bytes))
  return { target: 'object', kind, ...(await opened(bytes, expected, isAuthentic)) }
}

async function attackEnvelope(random: Random): Promise<Verdict> {
  const { object, newer } = random.pick(besides)
  const { bytes: original, generation } = newer
  const regions = envelopeRegions(original, 0, original.length)
  const { kind, bytes } = mutate(random, { original, donors: envelopes, regions })
  const expected = { envelope: { generation, bytes } }
  return { target: 'envelope', kind, ...(await opened(object, expected, () => same(bytes, original))) }
}

async function attackToken(random: Random): Promise<Verdict> {
  const { kind, token } = tokenMutant(random)
  try {
    const claims = await readToken(token, secrets, hmacSha256)
    if (claims === undefined) return { target: 'token', kind, outcome: 'refused' }
    const outcome = authentic.includes(token) ? 'identical' : 'accepted'
    return { target: 'token', kind, outcome, detail: JSON.stringify(claims) }
  } catch (error) {
    return { target: 'token', kind, outcome: 'error', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** Seven of ten are objects, one is a newer envelope, two are tokens. */
export async function attack(seed: number, run: number): Promise<Verdict> {
  const random = seeded(seed, run)
  const way = random.below(10)
  if (way < 7) return attackObject(random)
  return way === 7 ? attackEnvelope(random) : attackToken(random)
}
