/** Where kills strike: at each boundary in turn, and at moments that only the seed decides. */
import type { Killing } from './killing.ts'

/** Milliseconds within which what was sent is received, sealed and verified. */
const LONGEST_MS = 1_500
/** Kills between two rests. */
const PILE = 10

/** 0 up to but not 1, the same each time. */
export function chances(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export async function killAtRandom(kills: Killing, times: number, seed: number): Promise<void> {
  const chance = chances(seed)
  for (let i = 0; i < times; i++) {
    await kills.killAfter(Math.floor(chance() * LONGEST_MS), chance() < 0.7 ? 'group' : 'server')
    if (kills.found.length > 0) return
    // Else uploads would pile up faster than a server so often killed seals them.
    if (i % PILE === PILE - 1) await kills.settle()
  }
}

/** @param take which of the boundaries, by their order. @returns the boundaries by name, and those that never came */
export async function killAtEachBoundary(
  kills: Killing,
  take: (index: number) => boolean,
): Promise<{ readonly reached: readonly string[]; readonly missed: readonly string[] }> {
  const [reached, missed]: [string[], string[]] = [[], []]
  const counts = new Map<string, number>()
  for (const [index, boundary] of (await kills.boundaries()).entries()) {
    const name = `${boundary.role} ${boundary.call}`
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    if (!take(index)) continue
    const struck = await kills.strikeAt(boundary, nth)
    ;(struck ? reached : missed).push(`${name} ${nth}`)
    if (kills.found.length > 0) break
  }
  return { reached, missed }
}
