/** `safelight erase`: everything of an object, for good, with the reason for the stack's log. */
import { remove } from '../../shared/flow/remove.ts'
import { defineCommand, usage } from '../args.ts'
import { CLI_CALLER } from '../caller.ts'
import { parseId } from '../ids.ts'
import { openPlace, STACK } from '../place.ts'
import { eraseFromStack } from '../stack/erase.ts'

export const command = defineCommand({
  name: 'erase',
  summary: 'erase an object and all that belongs to it',
  usage: ['ID… --reason CODE [--stack NAME]'],
  description: `Erases sealed objects: all versions, previews, envelopes and links. A tombstone stays, and outlives copies of the
vault that are put back: the same upload is never committed again. Whole ids only. The reason is a short code, because a
stack logs it and sentences name people. Copies and backups outside the deployment are yours to erase.
JSON, one line an object: {id, erased, reason}; exit code 1 when one of them did not exist`,
  options: {
    reason: { type: 'string', value: 'CODE', help: 'why: a-z, 0-9 and dashes, such as subject-request' },
    ...STACK,
  },
  operands: [1, 10_000],
  examples: [
    ['erase 3f0c9a6b2d714e5f8a90b1c2d3e4f5a6 --reason subject-request --stack Safelight', 'what somebody asked for'],
  ],
  async run({ reason, stack }, operands, { env, out }) {
    if (reason === undefined) throw usage('erase', '--reason is missing')
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(reason)) throw usage('erase', 'a reason has a-z, 0-9 and dashes, 64 at most')
    const ids = operands.map((operand) => parseId(operand))
    await using place = await openPlace({ stack }, env)
    let missing = 0
    for (const id of ids) {
      const erased =
        place.kind === 'home' ? await remove(place, CLI_CALLER, id) : await eraseFromStack(place, id, reason)
      out.result({ id, erased, reason }, erased ? `${id}: erased` : undefined)
      if (erased) continue
      missing++
      out.fail({ exitCode: 1, message: `${id}: there is no such object` })
    }
    return missing === 0 ? undefined : 1
  },
})
