// Calls the console's interface (../api.ts) with the token, and turns its refusals into words.
import type {
  AccessList,
  FailedList,
  LinkCreated,
  LinkList,
  LinkRequest,
  ObjectDetail,
  ObjectList,
  SamplesAccepted,
  Status,
  UploadAccepted,
} from '../api.ts'
import { cell } from './cell.ts'
import { refuseToken, token } from './session.ts'

export class CallFailed extends Error {
  override readonly name = 'CallFailed'
  readonly status: number
  readonly hint: string
  constructor(message: string, hint: string, status: number) {
    super(message)
    this.hint = hint
    this.status = status
  }
}

/** Server time minus this machine's, in milliseconds: countdowns count by the server's clock. */
export const clockOffset = cell(0)
export const serverNow = (): number => Date.now() + clockOffset.get()

const UNREACHABLE = new CallFailed('The server did not answer.', 'Is `safelight serve` still running?', 0)

function refusal(status: number, text: string): CallFailed {
  let error = status === 413 ? 'This file is over the size limit.' : `The server answered ${status}.`
  let hint = ''
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null) {
      if ('error' in body && typeof body.error === 'string') error = body.error
      if ('hint' in body && typeof body.hint === 'string') hint = body.hint
    }
  } catch {
    // Not JSON: the status says enough.
  }
  if (status === 401) refuseToken()
  return new CallFailed(error, hint, status)
}

export async function call(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers)
  headers.set('Authorization', `Bearer ${token.get() || ''}`)
  let response: Response
  try {
    response = await fetch(`/api/${path}`, { ...options, headers, cache: 'no-store', credentials: 'omit' })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw UNREACHABLE
  }
  if (!response.ok) throw refusal(response.status, await response.text())
  const date = Date.parse(response.headers.get('Date') ?? '')
  // The header has whole seconds: only a real difference counts.
  if (Math.abs(date - Date.now()) > 3000) clockOffset.set(date - Date.now())
  return response
}

async function json<T>(path: string, options?: RequestInit): Promise<T> {
  return (await call(path, options)).json()
}

const post = (body?: unknown): RequestInit =>
  body === undefined
    ? { method: 'POST' }
    : { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }

const object = (id: string): string => `objects/${encodeURIComponent(id)}`

export const api = {
  status: () => json<Status>('status'),
  samples: () => json<SamplesAccepted>('samples', post()),
  objects: (after: string | null, limit: number) =>
    json<ObjectList>(`objects?limit=${limit}${after ? `&after=${encodeURIComponent(after)}` : ''}`),
  object: (id: string, signal: AbortSignal) => json<ObjectDetail>(object(id), { signal }),
  content: async (id: string, rendition: LinkRequest['rendition'], signal?: AbortSignal) =>
    (await call(`${object(id)}/content?rendition=${rendition}`, signal ? { signal } : {})).blob(),
  noise: async (id: string, signal: AbortSignal) =>
    new Uint8Array(await (await call(`${object(id)}/noise`, { signal })).arrayBuffer()),
  remove: (id: string) => call(object(id), { method: 'DELETE' }),
  makeLink: (id: string, request: LinkRequest) => json<LinkCreated>(`${object(id)}/links`, post(request)),
  links: (id: string, signal: AbortSignal) => json<LinkList>(`${object(id)}/links`, { signal }),
  revoke: (link: string) => call(`links/${encodeURIComponent(link)}/revoke`, post()),
  accesses: (limit: number) => json<AccessList>(`accesses?limit=${limit}`),
  failed: () => json<FailedList>('failed'),
  retry: (id: string) => call(`failed/${encodeURIComponent(id)}/retry`, post()),
}

/** Sends one file. fetch can't report what was sent, so this is the page's one XMLHttpRequest. `sent` is 0..1. */
export function sendFile(file: File, sent: (fraction: number) => void, signal: AbortSignal): Promise<UploadAccepted> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/uploads')
    request.setRequestHeader('Authorization', `Bearer ${token.get() || ''}`)
    request.setRequestHeader('X-File-Name', encodeURIComponent(file.name.toWellFormed()))
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 0) sent(event.loaded / event.total)
    })
    request.addEventListener('load', () => {
      if (request.status < 200 || request.status > 299) reject(refusal(request.status, request.responseText))
      else resolve(JSON.parse(request.responseText))
    })
    request.addEventListener('error', () => reject(UNREACHABLE))
    request.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

/** What to tell a person about anything that was thrown. */
export function explain(error: unknown): { text: string; hint: string } {
  if (error instanceof CallFailed) return { text: error.message, hint: error.hint }
  return { text: error instanceof Error ? error.message : 'Something went wrong.', hint: '' }
}
