/** Who may link what: principals by pattern, each up to a tier. */
import { TIERS, type Tier } from './types.ts'

export interface Linker {
  /** The whole principal; `*` stands for any characters, none included. Nothing else is special. */
  readonly principal: string
  readonly highest: Tier
}

/** A linear walk, so that no pattern can take long: each star takes as little as lets the rest go on. */
export function matches(pattern: string, principal: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === principal
  if (!principal.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = principal.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return principal.length - at >= last.length && principal.endsWith(last)
}

/** The highest tier of which this principal may link objects; without a section everybody may link everything. */
export function highestTier(linkers: readonly Linker[] | undefined, principal: string): Tier | undefined {
  if (linkers === undefined) return TIERS.at(-1)
  const allowed = linkers.filter((linker) => matches(linker.principal, principal)).map(({ highest }) => highest)
  return TIERS.findLast((tier) => allowed.includes(tier))
}

export function mayLink(linkers: readonly Linker[] | undefined, principal: string, tier: Tier): boolean {
  const highest = highestTier(linkers, principal)
  return highest !== undefined && TIERS.indexOf(tier) <= TIERS.indexOf(highest)
}
