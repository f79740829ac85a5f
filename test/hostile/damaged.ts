/** Files of each type, cut short and with flipped bits, seeded; and files that are no picture at all. */
import { seeded } from '../fuzz/random.ts'
import type { HostileFile } from './file.ts'
import { HONEST } from './fixtures.ts'

const FLIPS = [1, 16, 256]

function flipped(bytes: Uint8Array, bits: number, seed: number, run: number): Uint8Array {
  const random = seeded(seed, run)
  const out = bytes.slice()
  for (let i = 0; i < bits; i++) {
    // The first kilobyte is where the headers are, and where flips do most.
    const at = random.below(i % 2 === 0 ? Math.min(1024, out.length) : out.length)
    out[at] = (out[at] ?? 0) ^ (1 << random.below(8))
  }
  return out
}

/** @param each how many cuts, and how many flips of each number of bits, of each type */
export function damaged(seed: number, each = 2): readonly HostileFile[] {
  const runs = Array.from({ length: each }, (_, run) => run)
  return Object.entries(HONEST).flatMap(([type, make], index): HostileFile[] => [
    ...runs.map((run) => ({
      what: `${type} cut short (${run})`,
      make: () => make().slice(0, seeded(seed, 1000 * index + run).below(make().length)),
    })),
    ...FLIPS.flatMap((bits) =>
      runs.map((run) => ({
        what: `${type} with ${bits} flipped bits (${run})`,
        make: () => flipped(make(), bits, seed, 1000 * index + 100 * bits + run),
      })),
    ),
  ])
}

export const noPicture = (seed: number): readonly HostileFile[] => [
  { what: 'nothing: 0 bytes', make: () => new Uint8Array(0), unreadable: true },
  { what: 'one byte', make: () => Uint8Array.of(0xff), unreadable: true },
  { what: '1 MiB of random bytes', make: () => seeded(seed).bytes(2 ** 20), unreadable: true },
]
