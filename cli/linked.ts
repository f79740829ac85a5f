/** The bytes behind a link: from this machine's own deployment when the link is of it, over HTTP otherwise. */
import { stat } from 'node:fs/promises'
import type { Answer } from '../shared/flow/answer.ts'
import { readByLink } from '../shared/flow/open.ts'
import { readToken } from '../shared/links/token.ts'
import { tokenOfPath } from '../shared/links/url.ts'
import { type Chunks, Unavailable } from '../shared/platform/ports.ts'
import { type Deployment, openDeployment } from './deployment.ts'
import { CommandFailed } from './errors.ts'

export interface Linked {
  /** Hands the bytes and their number, where it is known, to `write`; closes everything afterwards. */
  use(write: (chunks: Chunks, total: number | undefined) => Promise<number>): Promise<number>
}

/** @throws CommandFailed with the server's words when the link is refused */
export async function openLink(home: string, url: string, range: string | undefined): Promise<Linked> {
  const path = new URL(url).pathname
  const header = range === undefined ? undefined : `bytes=${range}`
  const own = await ownDeployment(home, tokenOfPath(path) ?? '')
  if (own === undefined) return overHttp(url, header)
  return {
    async use(write) {
      const request = { method: 'GET', path, ip: '127.0.0.1', ...(header !== undefined && { range: header }) } as const
      await using deployment = own
      const answer = await readByLink(deployment, request)
      await checkStatus(answer.status, () => textOf(answer))
      return await write(answer.body ?? empty(), numberOf(answer.headers['Content-Length']))
    },
  }
}

async function ownDeployment(home: string, token: string): Promise<Deployment | undefined> {
  if (!(await stat(home).catch(() => undefined))) return undefined
  const deployment = await openDeployment(home, { create: false })
  const { secrets, primitives } = deployment
  if (await readToken(token, secrets, primitives.hmacSha256)) return deployment
  await deployment[Symbol.asyncDispose]()
  return undefined
}

async function overHttp(url: string, range: string | undefined): Promise<Linked> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { 'Accept-Encoding': 'identity', ...(range !== undefined && { Range: range }) },
  }).catch(() => {
    throw new Unavailable('the server of this link does not answer')
  })
  await checkStatus(response.status, () => response.text())
  const total = numberOf(response.headers.get('Content-Length'))
  return { use: (write) => write(exactly(response.body ?? empty(), total), total) }
}

async function checkStatus(status: number, text: () => Promise<string>): Promise<void> {
  if (status === 200 || status === 206) return
  const words = (await text()).slice(0, 200).trim()
  // What is stored is changed or missing: trying again won't help.
  if (status === 502 && words !== '') throw new CommandFailed(`${words} (502)`)
  if (status >= 500) throw new Unavailable(`the server could not open it (${status})`)
  throw new CommandFailed(words === '' ? `refused (${status})` : `${words} (${status})`)
}

/** A connection that ends early must not pass for the whole. */
async function* exactly(chunks: Chunks, total: number | undefined): Chunks {
  let seen = 0
  for await (const chunk of chunks) {
    seen += chunk.length
    yield chunk
  }
  if (total !== undefined && seen !== total) throw new Unavailable('the connection ended before the last byte')
}

async function* empty(): Chunks {}

async function textOf(answer: Answer): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of answer.body ?? empty()) parts.push(part)
  return Buffer.concat(parts).toString()
}

function numberOf(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text)
}
