/** `safelight catalogue rebuild` on a stack: its sweep function sends what no row names to be verified, slice after slice. */
import * as z from 'zod'
import { slices } from './slices.ts'
import type { Stack } from './stack.ts'

const slice = z.object({ sent: z.number(), next: z.string().optional() })

/** How many were sent, slice by slice. Stopped anywhere, it can be run again. @throws CommandFailed, Unavailable */
export async function* sendLost(stack: Stack): AsyncGenerator<number> {
  const name = stack.output('SweepFunctionName')
  const ask = (next?: string) => stack.call(name, { lost: next === undefined ? {} : { next } }, slice)
  for await (const { sent } of slices(ask)) yield sent
}
