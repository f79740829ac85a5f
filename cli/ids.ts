/** Ids as they are typed: 32 hex digits, in either case. */
import { UsageError } from './errors.ts'

export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text)
}

/** @throws UsageError */
export function parseId(text: string): string {
  if (!isId(text)) throw new UsageError('an id has 32 hex digits', 'safelight ls lists the ids of objects')
  return text.toLowerCase()
}
