/** What Lambda tells a function about the time it has. On one machine there is no such thing, and no end. */

/** Lambda's context, as far as it is read. */
export interface Invocation {
  getRemainingTimeInMillis(): number
}

/** Whether work in slices should stop: `reserveMs` is kept for saying how far it came. */
export function outOfTime(invocation: Invocation | undefined, reserveMs = 10_000): () => boolean {
  return () => invocation !== undefined && invocation.getRemainingTimeInMillis() < reserveMs
}
