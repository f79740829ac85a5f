/** `safelight keys` on a stack: the keys function makes them where no person is. */
import { z } from 'zod'
import type { Context } from '../args.ts'
import { UsageError } from '../errors.ts'
import { table } from '../output.ts'
import type { Stack } from './stack.ts'

const made = z.object({
  generation: z.number(),
  keyId: z.string(),
  made: z.boolean(),
  pinned: z.array(z.number()),
})
const list = z.object({
  current: z.string().nullable(),
  generations: z.array(
    z.object({ generation: z.number(), keyId: z.string(), created: z.number(), state: z.enum(['active', 'retired']) }),
  ),
})
const retired = z.object({ changed: z.boolean() })

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
    stack.call(stack.outputs.KeysFunctionName, order, answer)
  switch (action) {
    case 'init':
    case 'rotate': {
      const answer = await call({ action }, made)
      const { generation, keyId } = answer
      const text = answer.made
        ? `made generation ${generation} (${keyId}); it opened what it sealed`
        : `there are keys already (generation ${generation}, ${keyId}); nothing was made`
      out.result(answer, text)
      if (answer.pinned.length > 0) out.note(`pinned ML-KEM-${answer.pinned.join(' and ')} again: another was pinned`)
      if (action === 'rotate') out.note(`next: safelight rewrap --stack ${stack.name}`)
      return
    }
    case 'list': {
      const { current, generations } = await call({ action }, list)
      const rows = generations.map(({ generation, keyId, state, created }) => {
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
      const { changed } = await call({ action, generation, undo: options.undo }, retired)
      const state = options.undo ? 'active' : 'retired'
      out.result({ generation, state, changed }, `generation ${generation} is ${state}${changed ? '' : ' already'}`)
      return
    }
    default:
      throw new UsageError(
        `a stack's keys have no ${action}: seeds stay in Secrets Manager, replicated or backed up by AWS`,
        'docs/OPERATIONS.md says how to restore in another region',
      )
  }
}
