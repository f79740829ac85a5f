/** `safelight redrive`: what a stack gave up on is tried again, once its cause is gone. */
import { defineCommand, usage } from '../args.ts'
import { openStackOf, STACK } from '../place.ts'
import { givenUp, neverVerified, redrive, STAGES, sealAnew } from '../stack/redrive.ts'

export const command = defineCommand({
  name: 'redrive',
  summary: 'try again what a stack gave up on',
  usage: ['--stack NAME [--dry-run]'],
  description: `Uploads that a stack gave up sealing or verifying wait in its dead-letter queues, their plaintext in intake. Once
what was wrong is mended, this puts them back: received, sent, then deleted, so that none is lost. Uploads of which
three attempts did not verify are sealed no more by themselves; they are sealed anew, too. On this machine,
safelight failed --retry-all does the same.
JSON, one line a stage: {stage, moved}, or with --dry-run {stage, waiting}; then {sealedAnew} or {neverVerified}`,
  options: { 'dry-run': { type: 'boolean', help: 'only say how many wait' }, ...STACK },
  operands: [0, 0],
  examples: [['redrive --stack Safelight', 'after the alarm is understood']],
  async run({ 'dry-run': dry = false, stack: named }, _operands, { env, out }) {
    const stack = await openStackOf({ stack: named }, env)
    if (!stack) throw usage('redrive', 'name the stack with --stack; on this machine: safelight failed --retry-all')
    if (dry) {
      const waiting = await givenUp(stack)
      for (const stage of STAGES) {
        out.result({ stage, waiting: waiting[stage] }, `${stage}: about ${waiting[stage]} wait`)
      }
      let count = 0
      for await (const _ of neverVerified(stack)) count++
      out.result({ neverVerified: count }, `never verified: ${count}`)
      return undefined
    }
    for (const stage of STAGES) {
      const bar = out.progress(`redriving ${stage}`, undefined, 'items')
      let done = 0
      const moved = await redrive(stack, stage, () => bar.update(++done)).finally(bar.end)
      out.result({ stage, moved }, `${stage}: ${moved} put back`)
    }
    const sealedAnew = await sealAnew(stack)
    out.result({ sealedAnew }, `never verified: ${sealedAnew} sealed anew`)
    return undefined
  },
})
