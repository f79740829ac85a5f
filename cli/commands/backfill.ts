/** `safelight backfill`: what lies in a stack's intake already is sealed, at a rate of your choice. */
import { defineCommand, usage } from '../args.ts'
import { openStackOf, STACK } from '../place.ts'
import { runWorkflow, WORKFLOW } from '../stack/workflow.ts'

/** What its workflow takes (infra/backfillStates.ts). */
const MOST_PER_SECOND = 200
const USUAL = '5'

export const command = defineCommand({
  name: 'backfill',
  summary: 'seal what lies in an adopted bucket already',
  usage: ['--stack NAME [--per-second N] [--manifest KEY] [--wait]', '--stack NAME --progress [--wait]'],
  description: `Starts the stack's workflow that tells the seal queue of everything in intake, as if it had just arrived; it goes on
when this command ends. Choose a rate that sealing keeps up with: what waits in the queue delays fresh uploads. A
listing shows the objects of a bucket; with the manifest of an S3 Inventory, which the stack's backfill bucket
holds, all versions are told. Started twice, or over what is sealed already, it seals nothing twice: one that failed
is started again.
JSON: {workflow, execution, status, total, done, failed, output?, cause?}; exit code 1 when it failed`,
  options: {
    'per-second': { type: 'string', value: 'N', help: `objects told a second, 1 to ${MOST_PER_SECOND} (${USUAL})` },
    manifest: { type: 'string', value: 'KEY', help: "of an inventory's manifest.json in the backfill bucket" },
    ...{ ...WORKFLOW, ...STACK },
  },
  operands: [0, 0],
  examples: [
    ['backfill --stack Safelight --per-second 5 --wait', 'everything, and watch how far it is'],
    ['backfill --stack Safelight --progress --json', 'how far it is, for a script'],
  ],
  async run({ 'per-second': rate = USUAL, manifest, wait, progress, stack: named }, _operands, { env, out }) {
    const perSecond = Number(rate)
    if (!(Number.isInteger(perSecond) && perSecond >= 1 && perSecond <= MOST_PER_SECOND)) {
      throw usage('backfill', `--per-second takes a whole number from 1 to ${MOST_PER_SECOND}`)
    }
    const stack = await openStackOf({ stack: named }, env)
    if (!stack) throw usage('backfill', 'name the stack with --stack; on this machine nothing waits unseen')
    const input = { perSecond, ...(manifest !== undefined && { manifest }) }
    const arn = stack.output('BackfillWorkflowArn')
    return runWorkflow({ name: 'backfill', arn, input, wait, progress }, out)
  },
})
