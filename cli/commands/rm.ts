/** `safelight rm`: deletes objects, their renditions and their links, for good. */
import { remove } from '../../shared/flow/remove.ts'
import { defineCommand } from '../args.ts'
import { CLI_CALLER } from '../caller.ts'
import { objectId } from '../ids.ts'
import { openPlace, STACK } from '../place.ts'
import { eraseFromStack } from '../stack/erase.ts'

export const command = defineCommand({
  name: 'rm',
  summary: 'delete sealed objects for good',
  usage: ['ID… [--stack NAME]'],
  description: `Deletes sealed objects with their previews and revokes their links. There is no way back.
Exit code 1 when one of them did not exist; the others are deleted all the same.
JSON, one line an object: {id, removed}`,
  options: { ...STACK },
  operands: [1, 10_000],
  examples: [
    ['rm 3f0c9a…e1', 'one object'],
    ['ls --json --tier public | jq -r .id | xargs safelight rm', 'all of a tier'],
  ],
  async run({ stack }, operands, { env, out }) {
    await using place = await openPlace({ stack }, env)
    // All of them before the first is deleted.
    const ids: string[] = []
    for (const operand of operands) ids.push(await objectId(place.catalogue, operand))
    let missing = 0
    for (const id of ids) {
      const removed =
        place.kind === 'home' ? await remove(place, CLI_CALLER, id) : await eraseFromStack(place, id, 'rm')
      if (removed) out.result({ id, removed }, `${id}: deleted`)
      else {
        missing++
        out.result({ id, removed })
        out.fail({ exitCode: 1, message: `${id}: there is no such object` })
      }
    }
    return missing === 0 ? undefined : 1
  },
})
