/**
 * A proxy between our functions and an emulator that fails as AWS does: it refuses, falls silent, is slow, cuts what it
 * carries, loses answers, changes them, and is not there any more for a process that was killed.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { forward } from '../forward.ts'

/** One request, as AWS would name it: `kms.Decrypt`, `s3.PutObject`, `dynamodb.TransactWriteItems`. */
export interface Asked {
  /** 1 for the first. */
  readonly at: number
  readonly call: string
  readonly headers: IncomingMessage['headers']
}

export type Fate =
  | 'pass'
  /** The connection is cut before anything was done, or when it was done and nobody hears of it. */
  | 'before'
  | 'after'
  /** Half of the request's body arrives, then nobody is there. */
  | 'half-asked'
  /** Half of the answer's body arrives. */
  | 'half-answered'
  | 'silence'
  | { readonly slowMs: number }
  | { readonly status: number; readonly error: string; readonly more?: Readonly<Record<string, unknown>> }
  | { readonly change: (answer: Record<string, unknown>) => Record<string, unknown> }

export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string
  /** What was asked since the last `strike`, in order. */
  readonly calls: readonly string[]
  /** From now on requests are counted anew, and each meets the fate that this says. */
  strike(decide: (asked: Asked) => Fate): void
}

export async function startFaultProxy(
  emulator: string,
  decide: (asked: Asked) => Fate = () => 'pass',
): Promise<FaultProxy> {
  let calls: string[] = []
  const server = createServer(async (incoming, answer) => {
    incoming.on('error', () => {})
    answer.on('error', () => {})
    const call = callOf(incoming)
    calls.push(call)
    await meet(emulator, incoming, answer, decide({ at: calls.length, call, headers: incoming.headers })).catch(() =>
      incoming.socket.destroy(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    get calls() {
      return calls
    },
    strike(next) {
      calls = []
      decide = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const SERVICES: Readonly<Record<string, string>> = {
  TrentService: 'kms',
  DynamoDB_20120810: 'dynamodb',
  secretsmanager: 'secrets',
  AWSEvents: 'events',
  AmazonSQS: 'sqs',
}
const S3_CALLS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
  POST: 'Multipart',
}

/** The call, as AWS would name it. */
export function callOf({ headers, method = '', url = '' }: IncomingMessage): string {
  const [service = '', operation] = String(headers['x-amz-target'] ?? '').split('.')
  if (operation !== undefined) return `${SERVICES[service] ?? service}.${operation}`
  if (/[?&]versions\b/.test(url)) return 's3.ListObjectVersions'
  return `s3.${S3_CALLS[method] ?? method}`
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

async function meet(emulator: string, incoming: IncomingMessage, answer: ServerResponse, fate: Fate): Promise<void> {
  if (fate === 'before') return void incoming.socket.destroy()
  if (fate === 'silence') return
  if (fate === 'half-asked') return sendHalf(emulator, incoming)
  if (typeof fate === 'object' && 'status' in fate) return refuse(incoming, answer, fate)
  if (typeof fate === 'object' && 'slowMs' in fate) await sleep(fate.slowMs)
  const answered = await forward(emulator, incoming)
  const status = answered.statusCode ?? 500
  if (fate === 'pass' || (typeof fate === 'object' && 'slowMs' in fate)) {
    answer.writeHead(status, answered.headers)
    answered.pipe(answer)
    return
  }
  const body = await bodyOf(answered)
  if (fate === 'after') return void incoming.socket.destroy()
  if (fate === 'half-answered') {
    answer.writeHead(status, answered.headers)
    answer.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy())
    return
  }
  const changed = Buffer.from(JSON.stringify(fate.change(JSON.parse(body.toString('utf8')))))
  const {
    'content-length': _length,
    'transfer-encoding': _encoding,
    'x-amz-crc32': _sum,
    ...headers
  } = answered.headers
  answer.writeHead(status, { ...headers, 'content-length': changed.length })
  answer.end(changed)
}

async function sendHalf(emulator: string, incoming: IncomingMessage): Promise<void> {
  const { method = '', url = '/', headers } = incoming
  const body = await bodyOf(incoming)
  const outgoing = request(new URL(url, emulator), { method, headers })
  outgoing.on('error', () => {})
  outgoing.write(body.subarray(0, body.length >> 1), () => outgoing.destroy())
  await once(outgoing, 'close')
  incoming.socket.destroy()
}

async function refuse(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { status, error, more }: Extract<Fate, { status: number }>,
): Promise<void> {
  await bodyOf(incoming)
  if (incoming.headers['x-amz-target'] === undefined) {
    answer.writeHead(status, { 'content-type': 'application/xml' })
    answer.end(`<?xml version="1.0"?><Error><Code>${error}</Code><Message>as the test wants it</Message></Error>`)
    return
  }
  answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': error })
  answer.end(JSON.stringify({ __type: error, message: 'as the test wants it', ...more }))
}
