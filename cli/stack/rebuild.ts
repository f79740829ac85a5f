/** `safelight catalogue rebuild` on a stack: its sweep function sends what no row names to be verified, slice after slice. */
import * as z from 'zod'
import type { Stack } from './stack.ts'

const slice = z.object({ sent: z.number(), done: z.boolean(), next: z.string().optional() })

/** How many were sent, slice by slice. Stopped anywhere, it can be run again. @throws CommandFailed, Unavailable */
export async function* sendLost(stack: Stack): AsyncGenerator<number> {
  for (let next: string | undefined; ; ) {
    const order = { lost: next === undefined ? {} : { next } }
    const answer: z.infer<typeof slice> = await stack.call(stack.output('SweepFunctionName'), order, slice)
    yield answer.sent
    if (answer.done) return
    next = answer.next
  }
}
