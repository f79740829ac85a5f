/** `safelight rewrap` on a stack: its function works in slices, each of which says where the next begins. */
import * as z from 'zod'
import { slices } from './slices.ts'
import type { Stack } from './stack.ts'

const slice = z.object({
  ...{ rewrapped: z.number(), current: z.number(), moved: z.number(), failed: z.number() },
  next: z.string().optional(),
})

export interface RewrapCounts {
  readonly rewrapped: number
  readonly current: number
  readonly failed: number
}

/** What each slice did, as it ends. Stopped anywhere, it can be run again. @throws CommandFailed, Unavailable */
export async function* rewrapStack(stack: Stack): AsyncGenerator<RewrapCounts> {
  const name = stack.output('RewrapFunctionName')
  const ask = (next?: string) => stack.call(name, next === undefined ? {} : { next }, slice)
  for await (const { rewrapped, current, moved, failed } of slices(ask)) {
    yield { rewrapped, current: current + moved, failed }
  }
}
