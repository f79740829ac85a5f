/** One published number, as `safelight bench --json` prints it, and what it says to a person. */

export interface Line {
  readonly bench: string
  readonly metric: string
  /** The median where it was measured more than once. */
  readonly value: number
  readonly unit: string
  /** First and third quartile of the value. */
  readonly spread?: readonly [number, number]
  readonly rounds?: number
  /** What the ratio compares with. */
  readonly against?: string
  /** Median over the rounds of one run; how many times the other's throughput, or time, as `metric` says. */
  readonly ratio?: number
  readonly ratioSpread?: readonly [number, number]
  /** For the ratio where there is one, for the value otherwise. */
  readonly target?: number
  readonly ok?: boolean
}

/** Where it is published: as it is measured, so that a long run shows how far it is. */
export type Publish = (line: Line) => void

/** A target that a number must reach, or stay under. */
export interface Target {
  readonly atLeast?: number
  readonly atMost?: number
}

export function judged(measured: number, { atLeast, atMost }: Target): Pick<Line, 'target' | 'ok'> {
  if (atLeast !== undefined) return { target: atLeast, ok: measured >= atLeast }
  return atMost === undefined ? {} : { target: atMost, ok: measured <= atMost }
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function range([low, high]: readonly [number, number]): string {
  return ` (${short(low)} to ${short(high)})`
}

/** `vault  sealing a body: 1240 MiB/s (1190 to 1290)` and, where there is one, ratio and target. */
export function textOf(line: Line): string {
  const { bench, metric, value, unit, spread, against, ratio, ratioSpread, target, ok } = line
  const compared =
    ratio === undefined ? '' : `; ${short(ratio)}${ratioSpread ? range(ratioSpread) : ''} times ${against ?? ''}`
  const wanted = target === undefined ? '' : `; target ${target}: ${ok ? 'reached' : 'MISSED'}`
  return `${bench.padEnd(7)} ${metric}: ${short(value)} ${unit}${spread ? range(spread) : ''}${compared}${wanted}`
}
