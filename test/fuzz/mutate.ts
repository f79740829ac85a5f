/** Mutations of bytes, as an attacker or a bad disk would make them: one thing changed, or several. */
import { concat } from '../../shared/keys/encoding.ts'
import type { Random } from './random.ts'

/** A stretch of bytes that means something; a length field is followed by what it counts. */
export interface Region {
  readonly start: number
  readonly end: number
  readonly isLength?: boolean
}

/** What mutants are made of. */
export interface Stock {
  readonly original: Uint8Array
  /** Others of its kind, to splice with. */
  readonly donors: readonly Uint8Array[]
  /** In order; empty where nothing is known. */
  readonly regions: readonly Region[]
  /** Bytes that mean something wherever they stand. */
  readonly words?: readonly Uint8Array[]
}

export const KINDS = ['flip', 'change', 'insert', 'remove', 'splice', 'truncate', 'length', 'swap', 'word'] as const
export type Kind = (typeof KINDS)[number] | 'several'

export interface Mutant {
  readonly kind: Kind
  readonly bytes: Uint8Array
}

type Mutation = (random: Random, data: Uint8Array, stock: Stock) => Uint8Array

const EDGES = [0, 1, 0x7f, 0x80, 0xff]

/** Half the time any byte, half the time a byte of any region: most bytes of an object are one ciphertext. */
function place(random: Random, data: Uint8Array, { regions }: Stock): number {
  if (regions.length === 0 || random.below(2) === 0) return random.below(data.length)
  const { start, end } = random.pick(regions)
  return Math.min(start + random.below(end - start), Math.max(data.length - 1, 0))
}

function spliced(data: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  return concat(data.subarray(0, from), middle, data.subarray(Math.max(from, to)))
}

/** Other lengths: one more or less, an edge, or any. */
function otherLength(random: Random, value: number, width: number): number {
  const most = 2 ** (8 * width) - 1
  const near = value + random.pick([-4096, -16, -2, -1, 1, 2, 16, 4096])
  const next = random.pick([near, near, 0, most, random.below(most), most - value])
  return Math.min(Math.max(next, 0), most)
}

const MUTATIONS: Readonly<Record<(typeof KINDS)[number], Mutation>> = {
  flip(random, data, stock) {
    const at = place(random, data, stock)
    return spliced(data, at, at + 1, Uint8Array.of((data[at] ?? 0) ^ (1 << random.below(8))))
  },
  change(random, data, stock) {
    const at = place(random, data, stock)
    const old = data[at] ?? 0
    const byte = random.pick([random.below(256), random.pick(EDGES), old + 1, old - 1]) & 0xff
    return spliced(data, at, at + 1, Uint8Array.of(byte === old ? old ^ 0x55 : byte))
  },
  insert(random, data, stock) {
    const at = random.below(8) === 0 ? data.length : place(random, data, stock)
    const length = 1 + random.below(random.pick([1, 16, 64]))
    const copied = data.subarray(at, at + length)
    return spliced(data, at, at, random.pick([random.bytes(length), new Uint8Array(length), copied]))
  },
  remove(random, data, stock) {
    const region = stock.regions.length > 0 && random.below(4) === 0 ? random.pick(stock.regions) : undefined
    if (region) return spliced(data, region.start, region.end, new Uint8Array(0))
    const at = place(random, data, stock)
    return spliced(data, at, at + 1 + random.below(random.pick([1, 16, 64])), new Uint8Array(0))
  },
  splice(random, data, stock) {
    const donor = random.pick(stock.donors)
    const at = place(random, data, stock)
    if (random.below(2) === 0) return concat(data.subarray(0, at), donor.subarray(at))
    const region = stock.regions.length > 0 ? random.pick(stock.regions) : { start: at, end: data.length }
    return spliced(data, region.start, region.end, donor.subarray(region.start, region.end))
  },
  truncate(random, data, stock) {
    const at = place(random, data, stock)
    return random.below(4) === 0 ? data.subarray(at) : data.subarray(0, at)
  },
  length(random, data, stock) {
    const fields = stock.regions.filter(({ isLength }) => isLength)
    if (fields.length === 0) return MUTATIONS.change(random, data, stock)
    const { start, end } = random.pick(fields)
    const old = data.subarray(start, end).reduce((sum, byte) => sum * 256 + byte, 0)
    const next = otherLength(random, old, end - start)
    const field = Uint8Array.from({ length: end - start }, (_, i) => Math.floor(next / 256 ** (end - start - 1 - i)))
    // Half the time what it counts grows or shrinks with it, as far as that can be.
    const contentEnd = random.below(2) === 0 ? end + old : undefined
    if (contentEnd === undefined || next > old + 70_000) return spliced(data, start, end, field)
    const content = data.subarray(end, Math.min(end + next, contentEnd))
    const more = new Uint8Array(Math.max(next - old, 0))
    return concat(data.subarray(0, start), field, content, more, data.subarray(contentEnd))
  },
  swap(random, data, stock) {
    const [a, b] = [place(random, data, stock), place(random, data, stock)].sort((x, y) => x - y)
    const [first = 0, second = 0] = [a, b]
    const length = Math.min(1 + random.below(random.pick([1, 16, 1088])), second - first, data.length - second)
    const one = data.slice(first, first + length)
    return spliced(
      spliced(data, first, first + length, data.slice(second, second + length)),
      second,
      second + length,
      one,
    )
  },
  word(random, data, stock) {
    if (!stock.words) return MUTATIONS.insert(random, data, stock)
    const at = place(random, data, stock)
    const word = random.pick(stock.words)
    return spliced(data, at, at + random.pick([0, 1, word.length]), word)
  },
}

/** One mutation, or (one time in five) two to eight. */
export function mutate(random: Random, stock: Stock): Mutant {
  const kind = random.pick(KINDS)
  let bytes = MUTATIONS[kind](random, stock.original, stock)
  if (random.below(5) > 0) return { kind, bytes }
  for (let more = 1 + random.below(7); more > 0; more--) bytes = MUTATIONS[random.pick(KINDS)](random, bytes, stock)
  return { kind: 'several', bytes }
}
