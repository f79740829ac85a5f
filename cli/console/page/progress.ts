// One upload's way through the pipeline as a value, and the functions that move it on. No DOM in here.
import type { Step, StepEvent } from '../../../shared/platform/ports.ts'
import type { TierName } from '../api.ts'
import { STEP_WORDS, tierAt } from './words.ts'

export const STEP_ORDER: readonly Step[] = [
  'received',
  'inspect',
  'preprocess',
  'assess',
  'decide',
  'encrypt',
  'stored',
  'verify',
  'committed',
  'erased',
]

export type Phase = 'waiting' | 'sending' | 'sealing' | 'done' | 'failed' | 'lost'

export interface Progress {
  /** This page's own key for the row. */
  readonly key: string
  /** The server's id, once it accepted the file. */
  readonly upload: string | null
  /** Null for what the drop folder or another client brought. */
  readonly name: string | null
  readonly size: number | null
  readonly phase: Phase
  /** 0..1 of the file sent. */
  readonly sent: number
  readonly step: Step | null
  /** 0..1 within the step, where it is known. */
  readonly within: number | null
  readonly tier: TierName | null
  readonly objectId: string | null
  readonly reason: string | null
  readonly hint: string | null
  /** Milliseconds since 1970, this machine's clock. */
  readonly started: number | null
  readonly ended: number | null
}

export function waiting(key: string, name: string | null, size: number | null): Progress {
  return {
    key,
    name,
    size,
    upload: null,
    phase: 'waiting',
    sent: 0,
    step: null,
    within: null,
    tier: null,
    objectId: null,
    reason: null,
    hint: null,
    started: null,
    ended: null,
  }
}

export const ended = (progress: Progress): boolean => ['done', 'failed', 'lost'].includes(progress.phase)

/** `now` in milliseconds since 1970. A step after a failure is a new attempt. */
export function afterStep(progress: Progress, event: StepEvent, now: number): Progress {
  const moved: Progress = {
    ...progress,
    sent: 1,
    started: progress.started ?? now,
    tier: tierAt(event.tier) ?? progress.tier,
    objectId: event.objectId ?? progress.objectId,
  }
  if (event.step === 'failed') {
    return { ...moved, phase: 'failed', reason: event.reason ?? 'failed', within: null, ended: now }
  }
  if (event.step === 'erased') {
    return { ...moved, phase: 'done', step: 'erased', within: null, reason: null, hint: null, ended: now }
  }
  return {
    ...moved,
    phase: 'sealing',
    step: event.step,
    within: event.progress ?? null,
    reason: null,
    hint: null,
    ended: null,
  }
}

export type StepState = 'done' | 'current' | 'failed' | 'ahead'

export function stepStates(progress: Progress): readonly StepState[] {
  if (progress.phase === 'done') return STEP_ORDER.map(() => 'done')
  const at = progress.step ? STEP_ORDER.indexOf(progress.step) : progress.phase === 'waiting' ? -1 : 0
  const here: StepState = progress.phase === 'failed' ? 'failed' : 'current'
  return STEP_ORDER.map((_, index) => (index < at ? 'done' : index === at ? here : 'ahead'))
}

/** What the row says below the name. */
export function statusWords(progress: Progress): string {
  switch (progress.phase) {
    case 'waiting':
      return 'Waiting for its turn'
    case 'sending':
      return progress.sent < 1 ? `Sending, ${Math.floor(progress.sent * 100)}%` : 'Sent, waiting for the sealer'
    case 'sealing':
      return progress.step ? STEP_WORDS[progress.step].doing : 'Waiting for the sealer'
    case 'done':
      return 'Sealed, verified, and its plaintext erased'
    case 'failed':
      return 'Failed'
    case 'lost':
      return 'The connection was away when it finished: look in the vault below, or under Failed'
  }
}

/** Which rows to show out of very many: what fails and what moves first, then what ended last. */
export function worthShowing(all: readonly Progress[], most: number): readonly Progress[] {
  if (all.length <= most) return all
  const rank: Readonly<Record<Phase, number>> = { failed: 0, sending: 1, sealing: 1, lost: 2, done: 3, waiting: 4 }
  const chosen = new Set(
    all
      .map((progress, index) => ({ progress, index }))
      .sort(
        (a, b) =>
          rank[a.progress.phase] - rank[b.progress.phase] ||
          (b.progress.ended ?? 0) - (a.progress.ended ?? 0) ||
          a.index - b.index,
      )
      .slice(0, most)
      .map(({ progress }) => progress.key),
  )
  return all.filter((progress) => chosen.has(progress.key))
}
