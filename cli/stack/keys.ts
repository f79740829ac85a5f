/** `safelight keys` on a stack: the keys function makes them where no person is. */
import * as z from 'zod'
import type { Context } from '../args.ts'
import { CommandFailed, UsageError } from '../errors.ts'
import { table } from '../output.ts'
import { needOnStack } from './need.ts'
import type { Stack } from './stack.ts'

const made = z.object({
  keys: z.object({
    ...{ generation: z.number(), keyId: z.string(), made: z.boolean(), pinned: z.array(z.number()) },
    adopted: z.literal(true).optional(),
  }),
})
const generations = z.array(
  z.object({ generation: z.number(), keyId: z.string(), created: z.number(), state: z.enum(['active', 'retired']) }),
)
const list = z.object({ keys: z.object({ current: z.string(), generations }).optional() })
const changed = z.object({ changed: z.boolean() })

export interface StackKeysOptions {
  readonly operand: string | undefined
  readonly undo: boolean
}

/** @throws UsageError for what a stack has other ways for; CommandFailed, Unavailable */
export async function stackKeys(
  action: string,
  stack: Stack,
  options: StackKeysOptions,
  out: Context['out'],
): Promise<void> {
  const call = <T extends z.ZodType>(order: unknown, answer: T) =>
    stack.call(stack.output('KeysFunctionName'), order, answer)
  switch (action) {
    case 'init':
    case 'rotate': {
      const { keys: answer } = await call({ action }, made)
      const { generation, keyId } = answer
      const text = answer.made
        ? `${answer.adopted ? 'adopted' : 'made'} generation ${generation} (${keyId}); its ML-KEM keys open what they seal`
        : `there are keys already (generation ${generation}, ${keyId}); nothing was made`
      out.result(answer, text)
      if (answer.pinned.length > 0) out.note(`pinned ML-KEM-${answer.pinned.join(' and ')} again: another was pinned`)
      if (answer.made) out.note(`safelight doctor --stack ${stack.name} tries it together with the data key`)
      if (action === 'rotate') out.note(`next: safelight rewrap --stack ${stack.name}`)
      return
    }
    case 'list': {
      const held = (await keysOfStack(stack)) ?? { current: '', generations: [] }
      const { current } = held
      const rows = held.generations.map(({ generation, keyId, state, created }) => {
        const shown = {
          ...{ generation, keyId, state, current: keyId === current },
          created: new Date(created).toISOString(),
        }
        out.result(shown)
        return [String(generation), keyId, shown.current ? 'current' : state, shown.created]
      })
      if (rows.length === 0) out.note(`there are no keys yet: safelight keys init --stack ${stack.name}`)
      else out.text(table([['GENERATION', 'KEY', 'STATE', 'MADE'], ...rows]))
      return
    }
    case 'retire': {
      const generation = Number(options.operand)
      if (!Number.isInteger(generation) || generation < 1)
        throw new UsageError('retire takes the number of a generation')
      const answer = await call(
        options.undo ? { action: 'unretire', generation } : await orderOf(stack, generation, out),
        changed,
      )
      const state = options.undo ? 'active' : 'retired'
      const text = `generation ${generation} is ${state}${answer.changed ? '' : ' already'}`
      out.result({ generation, state, changed: answer.changed }, text)
      return
    }
    default:
      throw new UsageError(
        `a stack's keys have no ${action}: seeds stay in Secrets Manager, replicated or backed up by AWS`,
        'docs/OPERATIONS.md says how to restore in another region',
      )
  }
}

/** What the stack holds; undefined when there are no keys. @throws CommandFailed, Unavailable */
export async function keysOfStack(stack: Stack) {
  return (await stack.call(stack.output('KeysFunctionName'), { action: 'list' }, list)).keys
}

/** Who still needs it is counted by the rewrap function, which may read objects; the keys function may not. */
async function orderOf(stack: Stack, generation: number, out: Context['out']) {
  const keys = await keysOfStack(stack)
  const found = keys?.generations.find((one) => one.generation === generation)
  if (!keys || !found) throw new CommandFailed(`there is no generation ${generation}`, 'safelight keys list shows them')
  const others = keys.generations.filter((one) => one !== found && one.state === 'active').map(({ keyId }) => keyId)
  const bar = out.progress('counting what needs it, slices', undefined, 'items')
  let slices = 0
  const need = await needOnStack(stack, { keyId: found.keyId, others }, () => bar.update(++slices)).finally(bar.end)
  return { action: 'retire', generation, need }
}
