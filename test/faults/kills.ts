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

/**
 * Those that one picture with two renditions passes, where a kill strikes: a step that is added is one more to be killed at,
 * and one that is gone, or comes earlier, is looked at by whoever changes this list.
 */
export const UPLOAD: readonly string[] = [
  'host objects.put intake (midway)',
  'host objects.put intake',
  'host queue.send seal',
  'host queue.receive seal',
  'sealer objects.head intake',
  'sealer objects.get intake',
  'sealer objects.put vault (midway)',
  'sealer objects.put vault',
  'sealer objects.put vault (midway)',
  'sealer objects.put vault',
  'sealer objects.get intake',
  'sealer objects.put vault (midway)',
  'sealer objects.put vault',
  'host queue.send verify',
  'host queue.remove',
  'host queue.receive verify',
  'host objects.head vault',
  'host objects.head vault',
  'host objects.head envelope',
  'host objects.get vault',
  'host objects.get vault',
  'host catalogue.object',
  'host catalogue.bySource',
  'host objects.head vault',
  'host objects.head vault',
  'host objects.head envelope',
  'host objects.get vault',
  'host objects.get vault',
  'host objects.head vault',
  'host objects.head envelope',
  'host objects.get vault',
  'host objects.get vault',
  'host objects.get intake',
  'host catalogue.commit',
  'host objects.erase intake',
  'host queue.remove',
]

export interface Struck {
  /** Every boundary there is, by name, as they came. */
  readonly passed: readonly string[]
  /** Those that were to be struck at, and never came. */
  readonly missed: readonly string[]
}

/** How often each name came up to and with each of them. */
export function numbered(names: readonly string[]): readonly { readonly name: string; readonly nth: number }[] {
  return names.map((name, at) => ({ name, nth: names.slice(0, at + 1).filter((each) => each === name).length }))
}

/** @param take which of the boundaries, by their order */
export async function killAtEachBoundary(kills: Killing, take: (index: number) => boolean): Promise<Struck> {
  const boundaries = await kills.boundaries()
  const passed = boundaries.map(({ role, call }) => `${role} ${call}`)
  const missed: string[] = []
  for (const [index, { name, nth }] of numbered(passed).entries()) {
    const boundary = boundaries[index]
    if (!boundary || !take(index)) continue
    if (!(await kills.strikeAt(boundary, nth))) missed.push(`${name} ${nth}`)
    if (kills.found.length > 0) break
  }
  return { passed, missed }
}
