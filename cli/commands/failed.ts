/** `safelight failed`: uploads that wait in intake because sealing or verifying them failed for good, and another try. */
import { defineCommand, usage } from '../args.ts'
import { openDeployment } from '../deployment.ts'
import { CommandFailed } from '../errors.ts'
import { homeFolder } from '../home.ts'
import { failedItems, retry } from '../host/failed.ts'
import { FAILED, idIn } from '../ids.ts'
import { table } from '../output.ts'

export const command = defineCommand({
  name: 'failed',
  summary: 'list uploads that could not be sealed, and retry them',
  usage: ['[--retry ID | --retry-all]'],
  description: `Lists uploads that failed for good, oldest first, with the reason and what to do about it: ID is the item's,
which --retry takes, UPLOAD what logs and the console call it. Their plaintext is still in intake. After --retry they
wait to be sealed again, which safelight serve does, at once where it runs.
JSON, one line an item: {id, upload, stage, reason, hint, attempts, time}; with --retry: {id, retried}`,
  options: {
    retry: { type: 'string', value: 'ID', multiple: true, help: 'try this one again; may be given more than once' },
    'retry-all': { type: 'boolean', help: 'try all of them again' },
  },
  operands: [0, 0],
  examples: [
    ['failed', 'what waits, and why'],
    ['failed --retry-all', 'after what was wrong is mended'],
  ],
  async run({ retry: chosen = [], 'retry-all': all = false }, _operands, { env, out }) {
    if (all && chosen.length > 0) throw usage('failed', 'either --retry ID or --retry-all')
    await using deployment = await openDeployment(homeFolder(env), { create: false })
    const items = failedItems(deployment.queue)
    if (!all && chosen.length === 0) {
      for (const { hint, ...item } of items) out.result({ ...item, hint })
      const rows = items.map((item) => {
        const { id, upload, stage, reason, attempts, time } = item
        return [id, upload, stage, reason, String(attempts), time]
      })
      if (rows.length === 0) out.note('nothing has failed')
      else out.text(table([['ID', 'UPLOAD', 'STAGE', 'REASON', 'ATTEMPTS', 'TIME'], ...rows]))
      const hints = new Map(items.map(({ reason, hint }) => [reason, hint]))
      for (const [reason, hint] of hints) out.note(`${reason}: ${hint}`)
      return undefined
    }
    const ids = all ? items.map(({ id }) => id) : []
    for (const text of chosen) {
      ids.push(
        await idIn(text, FAILED, async function* () {
          for (const { id } of items) yield id
        }),
      )
    }
    for (const id of ids) {
      const retried = await retry(deployment, id)
      if (!retried) throw new CommandFailed('there is no such failed item', FAILED.hint)
      out.result({ id, retried }, `${id}: waits to be tried again`)
    }
    if (ids.length === 0) out.note('nothing has failed')
    else out.note('safelight serve tries them again')
    return undefined
  },
})
