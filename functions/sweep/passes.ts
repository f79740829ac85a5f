/**
 * Walks that take several invocations: where each goes on, and what it has to send on. A pass sends on what came due between
 * the beginning of the last one that left nothing out and its own, so that nothing is sent twice and no moment lies between two.
 */
import type { Stage } from '../../shared/flow/sweep.ts'

const STAGES: readonly Stage[] = ['seal', 'verify']

export interface Pass<Cursor> {
  readonly from: Cursor | undefined
  /** Its beginning: what is due is due then, in each of its slices. */
  readonly asOf: number
  /** What was due before that has been sent to each stage by earlier passes. */
  readonly sinceMs: Readonly<Record<Stage, number>>
}

export interface Passes<Cursor> {
  begin(now: number): Pass<Cursor>
  /**
   * @param next where this pass goes on; undefined when it came to its end
   * @param held the stages to which it didn't send all that was due
   */
  end(next: Cursor | undefined, held: readonly Stage[]): void
}

/** @param firstSinceMs for a new environment, which doesn't know when its predecessor last looked */
export function passes<Cursor>(firstSinceMs: number): Passes<Cursor> {
  let from: Cursor | undefined
  let asOf: number | undefined
  const held = new Set<Stage>()
  const sentUntil = new Map<Stage, number>()
  return {
    begin(now) {
      const began = from === undefined || asOf === undefined ? now : asOf
      if (asOf === undefined) for (const stage of STAGES) sentUntil.set(stage, began - firstSinceMs)
      asOf = began
      const since = (stage: Stage) => Math.max(0, began - (sentUntil.get(stage) ?? began))
      return { from, asOf, sinceMs: { seal: since('seal'), verify: since('verify') } }
    },
    end(next, left) {
      for (const stage of left) held.add(stage)
      from = next
      if (next !== undefined || asOf === undefined) return
      for (const stage of STAGES) if (!held.has(stage)) sentUntil.set(stage, asOf)
      held.clear()
    },
  }
}
