/** How long a link lives and how often it works when nobody says, and times to live as people write them. */

/** What a link gets when nobody said: as in `safelight link --help`. */
export const DEFAULT_TTL_MS = 10 * 60_000
export const DEFAULT_USES = 1

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of `90s`, `10m`, `2h` or `7d`; undefined for anything else, zero and more than 36,500 days included. */
export function parseTtl(text: string): number | undefined {
  const match = /^(?<amount>[1-9]\d{0,9})(?<unit>[smhd])$/.exec(text)
  const amount = Number(match?.groups?.amount)
  const unit = match?.groups?.unit
  if (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined
  const ttl = amount * UNITS[unit]
  return ttl <= 36_500 * UNITS.d ? ttl : undefined
}

/** The largest unit that says it exactly: `10m`, `36h`; what `parseTtl` reads back for whole seconds. */
export function formatTtl(ms: number): string {
  if (ms % UNITS.d === 0) return `${ms / UNITS.d}d`
  if (ms % UNITS.h === 0) return `${ms / UNITS.h}h`
  if (ms % UNITS.m === 0) return `${ms / UNITS.m}m`
  return `${Math.ceil(ms / UNITS.s)}s`
}
