/** A proxy before an emulator that fails where a test says so: refusals, silence, and the end of the process that asked. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { forward } from '../../aws/forward.ts'

/** `before` and `after`: the connection is cut without the emulator having seen the request, or when it has done it. */
export type Strike = 'none' | 'before' | 'after' | 'silence' | { readonly status: number; readonly type: string }

export interface StrikingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Such as `TrentService.Decrypt`, in order. */
  readonly asked: readonly string[]
}

/** @param decide is told which request it is, 1 for the first, and what it asks for, such as `TrentService.Decrypt` */
export async function startStriking(
  endpoint: string,
  decide: (at: number, target: string) => Strike,
): Promise<StrikingProxy> {
  const asked: string[] = []
  const server = createServer(async (incoming, answer) => {
    const target = String(incoming.headers['x-amz-target'] ?? '')
    asked.push(target)
    const strike = decide(asked.length, target)
    if (strike === 'before') return void incoming.socket.destroy()
    if (strike === 'silence') return
    if (typeof strike === 'object') return refuse(answer, strike)
    const forwarded = await forward(endpoint, incoming)
    if (strike === 'after') {
      forwarded.resume()
      await once(forwarded, 'end')
      return void incoming.socket.destroy()
    }
    answer.writeHead(forwarded.statusCode ?? 500, forwarded.headers)
    forwarded.pipe(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function refuse(answer: ServerResponse, { status, type }: { readonly status: number; readonly type: string }): void {
  answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type })
  answer.end(JSON.stringify({ __type: type, message: 'as the test wants it' }))
}
