/** `--range A-B`: inclusive byte positions counted from 0, as HTTP's. */
import type { ByteRange } from '../shared/platform/ports.ts'
import { UsageError } from './errors.ts'

/** `10-19` is ten bytes, `10-` goes to the end; for the last N bytes say where they begin. @throws UsageError */
export function parseRange(text: string, length: number): ByteRange {
  const match = /^(\d{1,16})-(\d{1,16})?$/.exec(text)
  if (match === null) throw new UsageError(`${text} is no byte range`, 'write it as FIRST-LAST, such as --range 0-1023')
  const first = Number(match[1])
  const last = match[2] === undefined ? length - 1 : Math.min(Number(match[2]), length - 1)
  if (!Number.isSafeInteger(first) || first > last) {
    throw new UsageError(`the range ${text} is not within the ${length} bytes`)
  }
  return { first, last }
}
