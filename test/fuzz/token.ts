/**
 * Fuzzes what reads link tokens, as text and as the bytes within, also under a right MAC. Each mutant is refused, or is
 * the one spelling of the claims it was read as. `node test/fuzz/token.ts --runs N --seed S`
 */
import { toBase64url } from '../../shared/links/encoding.ts'
import { mint, readToken } from '../../shared/links/token.ts'
import { hmacSha256, secretsOf } from '../links/crypto.ts'
import { type Counts, Found, fuzzCommand } from './command.ts'
import { lines, linkKeys } from './corpus.ts'
import { mutate, type Region, type Stock } from './mutate.ts'
import { type Random, seeded } from './random.ts'

const keys = linkKeys()
const secrets = secretsOf(...keys)
const PAYLOAD = 55
const DOMAIN = Buffer.from('safelight/v1/link\0')
const FIELDS: readonly Region[] = [0, 1, 2, 18, 34, 38, 39, 47, PAYLOAD].flatMap((start, i, all) => {
  const end = all[i + 1]
  return end === undefined ? [{ start, end: 87 }] : [{ start, end }]
})
/** Characters that some decoder takes for others, or for nothing. */
const WORDS = ['=', '==', '+', '/', ' ', '\n', '\t', '%2D', '\0', '\u212a', '\uff21', '\u0130', '.', '\ud800', 'A', '_']

const tokens = lines('token')
const texts = tokens.map((token) => new Uint8Array(Buffer.from(token, 'utf16le')))
const bytes = tokens
  .map((token) => new Uint8Array(Buffer.from(token, 'base64url')))
  .filter(({ length }) => length === 87)

function stockOf(
  random: Random,
  donors: readonly Uint8Array[],
  regions: readonly Region[],
  words?: readonly string[],
): Stock {
  const encoded = words?.map((word) => new Uint8Array(Buffer.from(word, 'utf16le')))
  return { original: random.pick(donors), donors, regions, ...(encoded && { words: encoded }) }
}

/** A mutant, as somebody would send it. */
export function tokenMutant(random: Random): { readonly kind: string; readonly token: string } {
  const way = random.below(3)
  if (way === 0) {
    const { kind, bytes } = mutate(random, stockOf(random, texts, [], WORDS))
    return { kind, token: Buffer.from(bytes).toString('utf16le') }
  }
  const mutant = mutate(random, stockOf(random, bytes, FIELDS))
  if (way === 1) return { kind: mutant.kind, token: toBase64url(mutant.bytes) }
  // One character put in place of another: the commonest slip, and the one that malleable decoders forgive.
  const token = random.pick(tokens)
  const at = random.below(token.length)
  const character = random.pick([...WORDS, String.fromCharCode(33 + random.below(94))])
  return { kind: 'character', token: token.slice(0, at) + character + token.slice(at + 1) }
}

/** Any payload under a MAC that is right for it. */
function resealed(random: Random): string {
  const { bytes: mutant } = mutate(
    random,
    stockOf(
      random,
      bytes.map((all) => all.slice(0, PAYLOAD)),
      FIELDS.slice(0, -1),
    ),
  )
  const payload = Uint8Array.from({ length: PAYLOAD }, (_, i) => mutant[i] ?? 0)
  const { key } = keys.find(({ kid }) => kid === payload[1]) ?? random.pick(keys)
  return toBase64url(Uint8Array.from([...payload, ...hmacSha256(key, DOMAIN, payload)]))
}

/** @throws Found */
export async function fuzzToken(runs: number, seed: number): Promise<Counts> {
  const counts = { runs, accepted: 0, refused: 0 }
  for (let run = 0; run < runs; run++) {
    const random = seeded(seed, run)
    const token = random.below(3) === 0 ? resealed(random) : tokenMutant(random).token
    const found = (what: string) => new Found(`seed ${seed}, run ${run}: ${what}\n${JSON.stringify(token)}`)
    const claims = await readToken(token, secrets, hmacSha256).catch((error) => {
      throw found(`threw ${error instanceof Error ? error.stack : error}`)
    })
    if (claims === undefined) {
      counts.refused += 1
      continue
    }
    const key = keys.find(({ kid }) => kid === claims.kid)
    if (!key || mint(claims, key, hmacSha256) !== token) throw found(`was read as ${JSON.stringify(claims)}`)
    counts.accepted += 1
  }
  return counts
}

if (import.meta.main) await fuzzCommand(fuzzToken)
