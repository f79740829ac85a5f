/**
 * Interleaved rounds: every contestant runs once a round, in an order drawn anew, so that whatever slows the machine
 * slows them alike, and nobody always pays for the garbage of the same neighbour. What counts is processor time of the whole process, its collector and threads included: on one idle
 * core that is the time on the clock, and on a busy one it is still theirs.
 */

export interface Contestant {
  readonly name: string
  /** Runs in one turn, 1 unless said: in a turn that is short, the garbage that others left weighs more. */
  readonly times?: number
  run(): void | Promise<void>
}

/** Processor time in seconds of one run, for each round. */
export type Times = ReadonlyMap<string, readonly number[]>

async function secondsOf({ run, times = 1 }: Contestant): Promise<number> {
  const start = process.cpuUsage()
  for (let i = 0; i < times; i++) await run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6 / times
}

export function inRandomOrder<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** @param warmUp rounds that aren't counted: compilers need some */
export async function interleave(contestants: readonly Contestant[], rounds: number, warmUp: number): Promise<Times> {
  const times = new Map(contestants.map(({ name }) => [name, [] as number[]]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const contestant of inRandomOrder(contestants)) {
      const seconds = await secondsOf(contestant)
      if (round >= 0) times.get(contestant.name)?.push(seconds)
    }
  }
  return times
}

/** Linear interpolation between the neighbours, `share` 0..1. @throws RangeError for no values: nothing was measured */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  if (low === undefined || high === undefined) throw new RangeError('nothing was measured')
  return low + (high - low) * (at - Math.floor(at))
}

export interface Summary {
  readonly median: number
  readonly spread: readonly [number, number]
}

export function summary(values: readonly number[]): Summary {
  return { median: quantile(values, 0.5), spread: [quantile(values, 0.25), quantile(values, 0.75)] }
}

/** How many times as long `name` took as `against`, round by round. */
export function timesAsLong(times: Times, name: string, against: string): readonly number[] {
  const others = times.get(against) ?? []
  return (times.get(name) ?? []).map((seconds, round) => seconds / (others[round] ?? Number.NaN))
}

/** How many times the throughput of `against` `name` had, round by round. */
export function timesAsFast(times: Times, name: string, against: string): readonly number[] {
  return timesAsLong(times, against, name)
}
