/** What Lambda tells a function about the time it has. On one machine there is no such thing, and no end. */

/** Lambda's context, as far as it is read. */
export interface Invocation {
  getRemainingTimeInMillis(): number
}

/** Kept for saying how far it came: the slowest single step of what is done in slices fits in. */
const RESERVE_MS = 20_000

/** For work in slices: tells whether this share (0..1) of the time that the invocation has from now on is over. */
export function shareOfTime(invocation: Invocation | undefined): (share: number) => () => boolean {
  const whole = Math.max(0, (invocation?.getRemainingTimeInMillis() ?? 0) - RESERVE_MS)
  return (share) => () =>
    invocation !== undefined && invocation.getRemainingTimeInMillis() - RESERVE_MS <= whole * (1 - share)
}
