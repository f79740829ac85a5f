/** `safelight rewrap`: every object gets an envelope under the current key generation; bodies stay as they are. */
import { type RewrapStep, rewrap } from '../../shared/flow/rewrap.ts'
import { defineCommand } from '../args.ts'
import { openDeployment } from '../deployment.ts'
import { homeFolder } from '../home.ts'
import { lackOfId } from '../lacks.ts'
import { warnIfLost } from '../lost.ts'

export const command = defineCommand({
  name: 'rewrap',
  summary: 'bring every object under the current keys',
  usage: [''],
  description: `After safelight keys rotate: wraps the key of every object, and of its previews, for the current generation, and stores
the new envelope beside the object. Bodies are not touched, and links go on working. It can be stopped or killed at any
moment, run again, run twice at once, and run while the server serves. Exit code 1 when an object could not be opened, or
the catalogue was lost.
JSON: one line an object or preview that failed, {id, object, reason, hint?}; then {rewrapped, current, failed, ms}`,
  options: {},
  operands: [0, 0],
  examples: [
    ['rewrap', 'after keys rotate and keys backup'],
    ['rewrap && safelight keys retire 1', 'and then without the old generation'],
  ],
  async run(_values, _operands, { env, out }) {
    const started = performance.now()
    await using deployment = await openDeployment(homeFolder(env), { create: false })
    const counts: Record<RewrapStep['outcome'], number> = { rewrapped: 0, current: 0, moved: 0, failed: 0 }
    const bar = out.progress('rewrapping', undefined, 'items')
    let done = 0
    try {
      for await (const { objectId, sealedId, outcome, reason } of rewrap(deployment)) {
        counts[outcome]++
        bar.update(++done)
        if (outcome !== 'failed') continue
        bar.end()
        const hint = reason === 'unavailable' ? undefined : await lackOfId(deployment, objectId, sealedId)
        const message = `${sealedId}: ${String(reason).replace('-', ' ')}; left as it was`
        if (out.json) out.result({ id: sealedId, object: objectId, reason, ...(hint !== undefined && { hint }) })
        else out.fail({ exitCode: 1, message, hint })
      }
    } finally {
      bar.end()
    }
    const summary = {
      rewrapped: counts.rewrapped,
      current: counts.current + counts.moved,
      failed: counts.failed,
      ms: Math.round(performance.now() - started),
    }
    out.result(
      summary,
      `${summary.rewrapped} envelopes made, ${summary.current} were current already, ${summary.failed} failed`,
    )
    const lost = done === 0 && (await warnIfLost(deployment, out))
    return counts.failed === 0 && !lost ? undefined : 1
  },
})
