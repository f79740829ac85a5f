/** Walks that take several invocations: where each goes on, and how long ago the one before it began. */

export interface Passes<Cursor> {
  /** `sinceMs`: what was due before that has been sent on by an earlier pass. */
  begin(now: number): { readonly from: Cursor | undefined; readonly sinceMs: number }
  /** @param next where this pass goes on; undefined when it came to its end */
  end(next: Cursor | undefined): void
}

/** @param firstSinceMs for a new environment, which doesn't know when its predecessor last looked */
export function passes<Cursor>(firstSinceMs: number): Passes<Cursor> {
  let from: Cursor | undefined
  let began: number | undefined
  let sinceMs = firstSinceMs
  return {
    begin(now) {
      if (from === undefined) {
        if (began !== undefined) sinceMs = Math.max(0, now - began)
        began = now
      }
      return { from, sinceMs }
    },
    end(next) {
      from = next
    },
  }
}
