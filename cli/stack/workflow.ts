/** One of a stack's workflows: started or looked at, and followed to its end by whoever wants to wait. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '../../shared/platform/aws/workflows.ts'
import type { Context } from '../args.ts'
import { CommandFailed } from '../errors.ts'

/** For commands that start a workflow. */
export const WORKFLOW = {
  wait: { type: 'boolean', help: 'until it ends; stopping the command does not stop it' },
  progress: { type: 'boolean', help: 'start nothing: say how far the newest one is' },
} as const

export interface Order {
  readonly name: 'backfill' | 'rewrap'
  readonly arn: string
  /** Of a new execution; ignored with `progress`. */
  readonly input: object
  readonly wait?: boolean | undefined
  readonly progress?: boolean | undefined
}

const FIRST_LOOK_MS = 500
const LONGEST_WAIT_MS = 10_000

/** @returns the exit code: 1 when it failed. @throws CommandFailed, Unavailable */
export async function runWorkflow(order: Order, out: Context['out']): Promise<number | undefined> {
  const { name, arn, input, wait = false, progress = false } = order
  // The SDK, only where it is needed.
  const { openWorkflow } = await import('../../shared/platform/aws/workflows.ts')
  const workflow = openWorkflow(arn)
  const execution = progress ? await workflow.newest() : await workflow.start(input)
  if (execution === undefined) throw new CommandFailed(`no ${name} was ever started on this stack`)
  let now = await workflow.progressOf(execution)
  if (wait) {
    const bar = out.progress(name, undefined, 'items')
    try {
      for (let ms = FIRST_LOOK_MS; now.status === 'RUNNING'; ms = Math.min(LONGEST_WAIT_MS, ms * 2)) {
        await sleep(ms)
        now = await workflow.progressOf(execution)
        bar.update(now.items?.done ?? 0)
      }
    } finally {
      bar.end()
    }
  }
  const { status, items, output, cause = now.error } = now
  const counts = items ?? { total: 0, done: 0, failed: 0 }
  const ended = { ...(output !== undefined && { output }), ...(cause !== undefined && { cause }) }
  out.result({ workflow: name, execution, status: wordsOf(now), ...counts, ...ended }, `${name}: ${textOf(now)}`)
  if (status === 'RUNNING') out.note(`how far it is: safelight ${HOW[name]} --progress`)
  return status === 'RUNNING' || status === 'SUCCEEDED' ? undefined : 1
}

const HOW = { backfill: 'backfill', rewrap: 'rewrap --workflow' } as const

/** As scripts read it, such as `timed-out`. */
function wordsOf({ status }: Progress): string {
  return status.toLowerCase().replaceAll('_', '-')
}

function textOf(progress: Progress): string {
  const { items, error, cause = error } = progress
  const failed = items && items.failed > 0 ? `, ${items.failed} failed` : ''
  const counts = items ? `: ${items.done} of ${items.total} done${failed}` : ''
  return `${wordsOf(progress)}${counts}${cause === undefined ? '' : `; ${cause}`}`
}
