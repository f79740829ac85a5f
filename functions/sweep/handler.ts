/**
 * The sweep function, on a schedule: a slice of intake and a slice of the vault an invocation. Where it stopped it goes
 * on next time; an environment that is new begins anew, which costs looks and loses nothing.
 */
import { ORPHAN_GRACE_MS, type Stage, type SweepPorts, sweepIntake } from '../../shared/flow/sweep.ts'
import { sweepVault, type VaultCursor } from '../../shared/flow/sweepVault.ts'
import type { Place } from '../../shared/flow/walk.ts'
import type { ObjectVersion } from '../../shared/platform/ports.ts'
import { type Invocation, shareOfTime } from '../invocation.ts'
import { notificationOf } from '../s3-events.ts'
import { passes } from './passes.ts'

export interface Queue {
  send(body: string): Promise<void>
  waiting(): Promise<number>
}

export interface SweepFunction {
  readonly ports: Omit<SweepPorts, 'requeue' | 'isBusy'>
  readonly queues: Readonly<Record<Stage, Queue>>
  /** As the account calls them. */
  readonly bucketNames: { readonly intake: string; readonly vault: string }
  /** Nothing younger is sent on; the schedule is no rarer. */
  readonly quietMs: number
}

export interface SweepAnswer {
  readonly oldestPlaintextMs: number
  readonly resealed: number
  readonly reverified: number
  /** Uploads that were due and are sealed no more, because no attempt at them verified. */
  readonly givenUp: number
  /** Due, and left for another time, because a queue holds much already. */
  readonly held: number
  readonly orphans: number
  /** What would have been erased, had Object Lock not kept it; and until when it keeps the first of it, where that is known. */
  readonly locked: number
  readonly lockedUntil?: string
  /** Whether this invocation came to the end of both buckets. */
  readonly done: boolean
}

/** What a queue holds that much of is most likely what would be sent to it. */
const BUSY = 1_000

export function sweepHandler(fn: SweepFunction): (event: unknown, invocation?: Invocation) => Promise<SweepAnswer> {
  const { ports, queues, bucketNames, quietMs } = fn
  const { clock } = ports
  const intake = passes<{ readonly after: Place; readonly oldest?: number }>(quietMs)
  const vault = passes<VaultCursor>(quietMs)

  return async (_, invocation) => {
    const now = clock.now()
    const busy = { seal: (await queues.seal.waiting()) > BUSY, verify: (await queues.verify.waiting()) > BUSY }
    const requeue = (stage: Stage, info: ObjectVersion) =>
      queues[stage].send(notificationOf(info, bucketNames[info.bucket]))
    const with_ = { ...ports, requeue, isBusy: (stage: Stage) => busy[stage] }
    const isOver = shareOfTime(invocation)

    const pass = intake.begin(now)
    const uploads = await sweepIntake(with_, {
      ...{ quietMs, sinceMs: pass.sinceMs, asOf: pass.asOf },
      ...{ after: pass.from?.after, isOver: isOver(0.5) },
    })
    const oldest = Math.min(uploads.oldest ?? now, pass.from?.oldest ?? now)
    const { held } = uploads
    const left = (['seal', 'verify'] as const).filter((stage) => held[stage] > 0)
    intake.end(uploads.next === undefined ? undefined : { after: uploads.next, oldest }, left)

    const sealed = await sweepVault(with_, {
      ...{ graceMs: ORPHAN_GRACE_MS, quietMs },
      ...{ ...vault.begin(now), isOver: isOver(1) },
    })
    vault.end(sealed.next, sealed.held > 0 ? ['verify'] : [])

    return {
      oldestPlaintextMs: now - oldest,
      resealed: uploads.resealed,
      reverified: uploads.reverified + sealed.reverified,
      givenUp: uploads.givenUp,
      held: held.seal + held.verify + sealed.held,
      orphans: sealed.orphans,
      locked: sealed.locked,
      ...(sealed.lockedUntil !== undefined && { lockedUntil: new Date(sealed.lockedUntil).toISOString() }),
      done: uploads.next === undefined && sealed.next === undefined,
    }
  }
}
