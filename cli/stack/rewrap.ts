/** `safelight rewrap` on a stack: its function works in slices, each of which says where the next begins. */
import * as z from 'zod'
import type { Stack } from './stack.ts'

const slice = z.object({
  ...{ rewrapped: z.number(), current: z.number(), moved: z.number(), failed: z.number() },
  done: z.boolean(),
  next: z.string().optional(),
})

export interface RewrapCounts {
  readonly rewrapped: number
  readonly current: number
  readonly failed: number
}

/** What each slice did, as it ends. Stopped anywhere, it can be run again. @throws CommandFailed, Unavailable */
export async function* rewrapStack(stack: Stack): AsyncGenerator<RewrapCounts> {
  for (let next: string | undefined; ; ) {
    const answer: z.infer<typeof slice> = await stack.call(
      stack.output('RewrapFunctionName'),
      next ? { next } : {},
      slice,
    )
    yield { rewrapped: answer.rewrapped, current: answer.current + answer.moved, failed: answer.failed }
    if (answer.done) return
    next = answer.next
  }
}
