/** What operators ask of a function by invoking it: parsed, or refused with what is wrong and without what was sent. */
import type * as z from 'zod'

export class BadOrder extends Error {
  override readonly name = 'BadOrder'
}

/** @throws BadOrder */
export function orderIn<T extends z.ZodType>(schema: T, event: unknown): z.output<T> {
  const parsed = schema.safeParse(event)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, code }) => `${path.join('.') || '(top level)'}: ${code}`)
  throw new BadOrder(`bad order: ${wrong.join(', ')}`)
}
