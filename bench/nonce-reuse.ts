/**
 * What leaks when a nonce is used twice, with and without the chaos permutation: the experiment behind
 * docs/decisions on why it is there at all. Run it with `node bench/nonce-reuse.ts`; it prints a table.
 *
 * The product can't reuse a nonce (a DEK seals one body, and a stream can be taken once), so this seals two plaintexts
 * under the very same keys by hand, and then plays an attacker who sees both ciphertexts and knows the first plaintext.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { KNOWN_GOOD } from '../shared/chaos/checks.ts'
import { equal } from '../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../shared/platform/crypto.ts'
import { bodyKeys, sealChunk } from '../shared/vault/body.ts'
import { CHUNK } from '../shared/vault/layout.ts'

const BLOCK = 16
const BLOCKS = CHUNK / BLOCK
const WORDS =
  'the of and a to in is patient was seen at clinic with her left hand after which no further pain came back'.split(' ')

/** Prose, of which every block of 16 bytes can be told from noise. */
function prose(): Uint8Array {
  let text = ''
  while (text.length < CHUNK) text += `${WORDS[randomInt(WORDS.length)]} `
  return Uint8Array.from(Buffer.from(text.slice(0, CHUNK)))
}

/** What a compressed picture looks like to whoever has to guess it. */
const compressed = (): Uint8Array => Uint8Array.from(randomBytes(CHUNK))

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0))
const block = (bytes: Uint8Array, i: number): Uint8Array => bytes.subarray(i * BLOCK, (i + 1) * BLOCK)
const plausible = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 32 || (byte >= 97 && byte <= 122))

type Sealer = (plaintext: Uint8Array) => Uint8Array

/** Every call seals chunk 0 under one key and one nonce. */
function reusingSealer(permuted: boolean): Sealer {
  const secrets = [randomBytes(32), randomBytes(64), randomBytes(64), randomBytes(24)] as const
  // Keys made anew each time, as whoever replayed DEK, metadata and salt would: the permutation comes out the same.
  return (plaintext) => sealChunk(bodyKeys(primitives, ...secrets, permuted ? KNOWN_GOOD : undefined), plaintext, 0)
}

/** The share of blocks that the attacker has in their right place, 0..1. */
function recovered(guess: readonly (Uint8Array | undefined)[], truth: Uint8Array): number {
  return guess.filter((found, i) => found && equal(found, block(truth, i))).length / BLOCKS
}

/** Nothing but the textbook: the ciphertexts' difference, and the plaintext that is known. */
function textbook(difference: Uint8Array, known: Uint8Array): (Uint8Array | undefined)[] {
  const guess = xor(difference, known)
  return Array.from({ length: BLOCKS }, (_, i) => block(guess, i))
}

/** Tries every place in the known plaintext for every block of the difference, and keeps what reads as prose. */
function byPlausibility(difference: Uint8Array, known: Uint8Array): (Uint8Array | undefined)[] {
  const guess: (Uint8Array | undefined)[] = Array(BLOCKS)
  for (let i = 0; i < BLOCKS; i++) {
    for (let j = 0; j < BLOCKS; j++) {
      const candidate = xor(block(difference, i), block(known, j))
      if (plausible(candidate)) guess[j] = candidate
    }
  }
  return guess
}

/** With a second known plaintext under the same nonce: where its difference lies tells the permutation. */
function bySecondPair(sealer: Sealer, known: Uint8Array, target: Uint8Array): (Uint8Array | undefined)[] {
  const second = compressed()
  const name = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const plain = xor(known, second)
  const place = new Map(Array.from({ length: BLOCKS }, (_, j) => [name(block(plain, j)), j]))
  const [a, b, c] = [sealer(known), sealer(second), sealer(target)]
  const [shifted, difference] = [xor(a, b), xor(a, c)]
  const guess: (Uint8Array | undefined)[] = Array(BLOCKS)
  for (let i = 0; i < BLOCKS; i++) {
    const j = place.get(name(block(shifted, i)))
    if (j !== undefined) guess[j] = xor(block(difference, i), block(known, j))
  }
  return guess
}

/** An edited copy: how many blocks stayed can be counted, whatever order they are in. */
function unchangedSeen(sealer: Sealer): string {
  const original = compressed()
  const edited = original.slice()
  for (let i = 0; i < 100; i++) block(edited, i * 7).set(randomBytes(BLOCK))
  const difference = xor(sealer(original), sealer(edited))
  const same = Array.from({ length: BLOCKS }, (_, i) => block(difference, i)).filter((bytes) =>
    bytes.every((b) => b === 0),
  )
  return `${same.length} of ${BLOCKS - 100}`
}

function experiment(permuted: boolean): readonly string[] {
  const sealer = reusingSealer(permuted)
  const share = (value: number) => `${(100 * value).toFixed(1)} %`
  const attack = (make: () => Uint8Array, by: typeof textbook) => {
    const [known, target] = [make(), make()]
    return share(recovered(by(xor(sealer(known), sealer(target)), known), target))
  }
  const [known, target] = [compressed(), compressed()]
  return [
    attack(prose, textbook),
    attack(prose, byPlausibility),
    attack(compressed, textbook),
    share(recovered(bySecondPair(sealer, known, target), target)),
    unchangedSeen(sealer),
    equal(sealer(known), sealer(known)) ? 'yes' : 'no',
  ]
}

const ROWS = [
  'prose, one plaintext known: recovered by XOR alone',
  'prose, one plaintext known: by trying every place',
  'compressed, one plaintext known: by XOR alone',
  'compressed, two plaintexts known: permutation read off',
  'an edited copy: unchanged blocks that can be counted',
  'the same plaintext sealed again gives the same bytes',
]

const [plain, shuffled] = [experiment(false), experiment(true)]
const width = Math.max(...ROWS.map((row) => row.length))
const print = (...cells: readonly (string | undefined)[]) =>
  console.log(cells.map((cell = '', i) => cell.padEnd(i === 0 ? width : 12)).join('  '))
print('one chunk of 16 KiB, one nonce, used twice', 'without', 'permuted')
for (const [i, row] of ROWS.entries()) print(row, plain[i], shuffled[i])
