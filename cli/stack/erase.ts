/** Erasing from a stack: its erase function holds the power, and leaves a tombstone. */
import * as z from 'zod'
import type { Stack } from './stack.ts'

const answer = z.object({ outcome: z.enum(['erased', 'missing']) })

/**
 * @param reason a short code for the log, such as `subject-request`
 * @returns false when there is no such object. @throws CommandFailed, Unavailable
 */
export async function eraseFromStack(stack: Stack, id: string, reason: string): Promise<boolean> {
  const { outcome } = await stack.call(stack.output('EraseFunctionName'), { id, reason }, answer)
  return outcome === 'erased'
}
