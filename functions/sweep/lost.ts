/**
 * What an operator asks for where the catalogue was lost or is of an earlier day: every sealed object that no row names is sent
 * to VERIFY now, which opens it to its last byte, with the newest envelope that verifies, and commits it; and before them
 * every tombstone that a row contradicts, for VERIFY to erase again. The schedule sends each of them too, once a day.
 */
import * as z from 'zod'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { ORPHAN_GRACE_MS } from '../../shared/flow/sweep.ts'
import { sweepVault } from '../../shared/flow/sweepVault.ts'
import { type Invocation, shareOfTime } from '../invocation.ts'
import { orderIn } from '../order.ts'
import { notificationOf } from '../s3-events.ts'
import type { SweepFunction } from './handler.ts'

const order = z.strictObject({
  lost: z.strictObject({
    /** The last key of the slice before this one: a tombstone's or an object's. */
    next: z
      .string()
      .regex(/^(o\/|[ot]\/[0-9a-f]{32,64})$/)
      .optional(),
  }),
})

export interface LostAnswer {
  /** How many were sent to VERIFY. */
  readonly sent: number
  readonly done: boolean
  /** For the next invocation, unless done. */
  readonly next?: string
}

/** The schedule's own event says nothing of it. */
export function asksForLost(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'lost' in event
}

/** Sends whatever waits, also to a queue that holds much already: twice is no harm. @throws BadOrder, Unavailable */
export function lostHandler({
  ports,
  queues,
  bucketNames,
}: Pick<SweepFunction, 'ports' | 'queues' | 'bucketNames'>): (
  event: unknown,
  invocation?: Invocation,
) => Promise<LostAnswer> {
  return async (event, invocation) => {
    const { next: from } = orderIn(order, event).lost
    const swept = await sweepVault(
      { ...ports, requeue: (stage, info) => queues[stage].send(notificationOf(info, bucketNames[info.bucket])) },
      {
        graceMs: ORPHAN_GRACE_MS,
        from: {
          stage: from?.startsWith('o') ? 'objects' : 'tombstones',
          after: from === undefined ? from : { key: from },
        },
        isOver: shareOfTime(invocation)(1),
      },
    )
    const { stage, after } = swept.next ?? {}
    if (stage !== 'tombstones' && stage !== 'objects') return { sent: swept.reverified, done: true }
    // Further versions of its key, of which sealing makes none, are the schedule's.
    return { sent: swept.reverified, done: false, next: after?.key ?? VAULT_KEYS.object('') }
  }
}
