/** `safelight rewrap`: every object gets an envelope under the current key generation; bodies stay as they are. */
import { rewrap } from '../../shared/flow/rewrap.ts'
import { type Context, defineCommand, usage } from '../args.ts'
import type { Deployment } from '../deployment.ts'
import { lackOfId } from '../lacks.ts'
import { warnIfLost } from '../lost.ts'
import type { Progress } from '../output.ts'
import { openPlace, STACK } from '../place.ts'
import { type RewrapCounts, rewrapStack } from '../stack/rewrap.ts'
import { runWorkflow, WORKFLOW } from '../stack/workflow.ts'

export const command = defineCommand({
  name: 'rewrap',
  summary: 'bring every object under the current keys',
  usage: ['[--stack NAME]', '--stack NAME --workflow [--wait | --progress]'],
  description: `After safelight keys rotate: wraps the key of every object, and of its previews, for the current generation, and
stores the new envelope beside the object. Bodies are not touched, and links go on working. It can be stopped or
killed at any moment, run again, run twice at once, and run while the server serves. Exit code 1 when an object did
not open, or the catalogue was lost. Of a large stack --workflow does the same by Step Functions, eight shares of
the vault at once, and goes on when this command ends; its output counts what was done.
JSON: one line an object or preview that failed, {id, object, reason, hint?}; then {rewrapped, current, failed, ms}.
Of a stack the former are in its rewrap function's log alone: rewrap-failed, with object, reason and advice.
With --workflow: {workflow, execution, status, total, done, failed, output?, cause?}`,
  options: { workflow: { type: 'boolean', help: "by the stack's workflow" }, ...WORKFLOW, ...STACK },
  operands: [0, 0],
  examples: [
    ['rewrap', 'after keys rotate and keys backup'],
    ['rewrap && safelight keys retire 1', 'and then without the old generation'],
    ['rewrap --stack Safelight --workflow --wait', 'a large stack, and watch how far it is'],
  ],
  async run({ stack, workflow = false, wait, progress }, _operands, { env, out }) {
    if (!workflow && (wait || progress)) throw usage('rewrap', '--wait and --progress are about --workflow')
    const started = performance.now()
    await using place = await openPlace({ stack }, env)
    if (workflow) {
      if (place.kind === 'home') throw usage('rewrap', '--workflow needs a stack: name it with --stack')
      const arn = place.output('RewrapWorkflowArn')
      return runWorkflow({ name: 'rewrap', arn, input: {}, wait, progress }, out)
    }
    const counts = { rewrapped: 0, current: 0, failed: 0 }
    const bar = out.progress('rewrapping', undefined, 'items')
    try {
      for await (const slice of place.kind === 'home' ? ownSlices(place, bar, out) : rewrapStack(place)) {
        counts.rewrapped += slice.rewrapped
        counts.current += slice.current
        counts.failed += slice.failed
        bar.update(counts.rewrapped + counts.current + counts.failed)
      }
    } finally {
      bar.end()
    }
    const summary = { ...counts, ms: Math.round(performance.now() - started) }
    out.result(
      summary,
      `${summary.rewrapped} envelopes made, ${summary.current} were current already, ${summary.failed} failed`,
    )
    const walked = counts.rewrapped + counts.current + counts.failed
    const lost = walked === 0 && (await warnIfLost(place, out))
    return counts.failed === 0 && !lost ? undefined : 1
  },
})

/** This machine's own, one sealed object a slice; what failed is said at once. (Of a stack the function's log says it.) */
async function* ownSlices(deployment: Deployment, bar: Progress, out: Context['out']): AsyncGenerator<RewrapCounts> {
  for await (const { objectId, sealedId, outcome, reason } of rewrap(deployment)) {
    yield {
      rewrapped: Number(outcome === 'rewrapped'),
      current: Number(outcome === 'current' || outcome === 'moved'),
      failed: Number(outcome === 'failed'),
    }
    if (outcome !== 'failed') continue
    bar.end()
    const hint = reason === 'unavailable' ? undefined : await lackOfId(deployment, objectId, sealedId)
    const message = `${sealedId}: ${String(reason).replace('-', ' ')}; left as it was`
    if (out.json) out.result({ id: sealedId, object: objectId, reason, ...(hint !== undefined && { hint }) })
    else out.fail({ exitCode: 1, message, hint })
  }
}
