/** One HTTP byte range (RFC 9110 section 14.2) against a known length. */
import type { ByteRange } from '../platform/ports.ts'

/**
 * Undefined: answer with everything, as for no header, another unit, several ranges or nonsense (all of which a server
 * may ignore). `'unsatisfiable'`: 416.
 */
export function parseRange(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header ?? '')
  const [, from = '', to = ''] = match ?? []
  if (!match || (from === '' && to === '')) return undefined
  if (from === '') {
    const suffix = Number(to)
    return suffix === 0 || length === 0 ? 'unsatisfiable' : { first: Math.max(0, length - suffix), last: length - 1 }
  }
  const first = Number(from)
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= length ? 'unsatisfiable' : { first, last }
}
