/**
 * Lambda's Runtime API on loopback, with Amazon's runtime client in a process of its own behind it: what a function
 * answers is seen as the service sees it, streamed answers byte by byte, at the reader's pace.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'

const CLIENT = fileURLToPath(new URL('../../node_modules/aws-lambda-ric/index.mjs', import.meta.url))
const PRELOAD = new URL('./runtime-client.ts', import.meta.url).href
const NEXT = '/2018-06-01/runtime/invocation/next'
const ANSWER = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/

export interface Answered {
  readonly kind: 'response' | 'error'
  /** As the client posts it: not yet read, so that a test is the reader. */
  readonly request: IncomingMessage
}

export interface RuntimeHost extends AsyncDisposable {
  readonly pid: number
  /** Resolves as soon as the function begins to answer. */
  invoke(event: unknown): Promise<Answered>
  /** What the function and its runtime printed. */
  output(): string
}

export interface RuntimeOptions {
  /** Folder of the function's code. */
  readonly root: string
  /** Such as `index.handler`. */
  readonly handler: string
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
  /** How long an invocation may take by its context; 60 s unless told. */
  readonly timeoutMs?: number
}

interface Waiting {
  readonly id: string
  readonly event: string
  readonly answer: (answered: Answered) => void
  readonly fail: (error: Error) => void
}

export async function startRuntime(options: RuntimeOptions): Promise<RuntimeHost> {
  const { root, handler, env = {}, execArgv = [], timeoutMs = 60_000 } = options
  const queue: Waiting[] = []
  const running = new Map<string, Waiting>()
  let asking: ServerResponse | undefined
  let said = ''
  let invocations = 0

  function hand(): void {
    if (!asking || queue.length === 0) return
    const next = queue.shift()
    if (!next) return
    running.set(next.id, next)
    asking.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': next.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:000000000000:function:test',
    })
    asking.end(next.event)
    asking = undefined
  }

  const server = createServer((request, response) => {
    if (request.url === NEXT) {
      asking = response
      hand()
      return
    }
    const [, id = '', kind] = ANSWER.exec(request.url ?? '') ?? []
    const waiting = running.get(decodeURIComponent(id))
    running.delete(decodeURIComponent(id))
    request.on('end', () => response.writeHead(202).end('{}'))
    if (waiting && (kind === 'response' || kind === 'error')) waiting.answer({ kind, request })
    else request.resume()
  })
  // Small writes must not wait for one another.
  server.on('connection', (socket) => socket.setNoDelay(true))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const child: ChildProcess = spawn(process.execPath, [...execArgv, '--import', PRELOAD, CLIENT], {
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${address.port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'test',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_GROUP_NAME: 'test',
      AWS_LAMBDA_LOG_STREAM_NAME: 'test',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_REGION: 'us-east-1',
      LAMBDA_TASK_ROOT: root,
      _HANDLER: handler,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += String(text)))
  const ended = once(child, 'exit').then(() => {
    const error = new Error(`the runtime ended\n${said.slice(-2000)}`)
    for (const { fail } of [...queue.splice(0), ...running.values()]) fail(error)
    return error
  })

  return {
    pid: child.pid ?? 0,
    output: () => said,
    invoke(event) {
      if (child.exitCode !== null || child.signalCode !== null) return ended.then((error) => Promise.reject(error))
      return new Promise((answer, fail) => {
        queue.push({ id: `request-${++invocations}`, event: JSON.stringify(event), answer, fail })
        hand()
      })
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A streamed answer taken apart: status and headers come before eight zero bytes, then the body. */
export async function readStreamed({ request }: Answered): Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Whether the client ended the stream; false when it was cut. */
  readonly complete: boolean
}> {
  const parts: Buffer[] = []
  try {
    for await (const part of request) parts.push(Buffer.from(part))
  } catch {
    // Cut: what came before is looked at.
  }
  const all = Buffer.concat(parts)
  const end = all.indexOf(Buffer.alloc(8))
  const { statusCode, headers } = JSON.parse(all.subarray(0, end).toString('utf8'))
  return { status: statusCode, headers, body: all.subarray(end + 8), complete: request.complete }
}
