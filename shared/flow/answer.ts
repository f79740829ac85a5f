/** What a link request is answered with, short of a transport: status, headers, and a stream of verified bytes. */
import { LINK_HEADERS } from '../links/headers.ts'
import { REFUSALS, type Refusal } from '../links/outcome.ts'
import { AuthenticationFailed, type Chunks, ObjectMissing, Unavailable } from '../platform/ports.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Chunks
  /** The id of the object that it is of, for the log of whoever sends it. */
  readonly object?: string
}

/** A short text, under the same headers as every answer to a link. */
export function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const bytes = new TextEncoder().encode(text)
  return {
    status,
    headers: {
      ...LINK_HEADERS,
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': String(bytes.length),
      ...headers,
    },
    body: (async function* () {
      yield bytes
    })(),
  }
}

export function refuse(refusal: Refusal): Answer {
  const { status, body } = REFUSALS[refusal]
  return plain(status, body)
}

/** What a client learns of an error: its kind, never its cause. */
export function answerTo(error: unknown): Answer {
  if (error instanceof ObjectMissing) return plain(502, 'what this link is to is missing: ask whoever gave it to you\n')
  if (error instanceof AuthenticationFailed) return plain(502, 'authentication failed\n')
  if (error instanceof Unavailable) return plain(503, 'temporarily unavailable, try again\n', { 'Retry-After': '5' })
  return plain(500, 'internal error\n')
}
