/** Links of a stack: ordered from its link function, read at its address. */

import type { LinkOrder } from '../../shared/flow/link.ts'
import { type Answered, reach } from '../../shared/platform/aws/reach.ts'
import type { Chunks } from '../../shared/platform/ports.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { CommandFailed } from '../errors.ts'
import type { Stack } from './stack.ts'

/** @throws CommandFailed with the stack's words when it is refused; Unavailable */
export function linkOf(stack: Stack, { objectId, rendition, ttlMs, uses }: Omit<LinkOrder, 'principal' | 'ip'>) {
  const ttlSeconds = ttlMs === undefined ? undefined : ttlMs / 1000
  return stack.link({ objectId, rendition, ttlSeconds, uses })
}

/** The bytes behind a link, and how many there will be. @throws CommandFailed with the stack's words; Unavailable */
export async function readLink(
  url: string,
  range: string | undefined,
): Promise<{ readonly chunks: Chunks; readonly total: number | undefined }> {
  const answer = await reach(url, { headers: range === undefined ? {} : { range: `bytes=${range}` } })
  if (answer.status !== 200 && answer.status !== 206) throw await refused(answer)
  const length = answer.headers['content-length']
  const total = typeof length === 'string' ? Number(length) : undefined
  return { chunks: whole(answer, total), total }
}

/** A connection that ends early must not pass for the whole. */
async function* whole({ body }: Answered, total: number | undefined): Chunks {
  let seen = 0
  try {
    for await (const chunk of body) {
      seen += chunk.length
      yield chunk
    }
  } catch {
    throw new Unavailable('the connection ended before the last byte')
  }
  if (total !== undefined && seen !== total) throw new Unavailable('the connection ended before the last byte')
}

async function refused({ status, body }: Answered): Promise<Error> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  const words = Buffer.concat(parts).toString('utf8').slice(0, 200).trim()
  if (status >= 500) return new Unavailable(`the stack could not open it (${status})`)
  return new CommandFailed(words === '' ? `refused (${status})` : `${words} (${status})`)
}
