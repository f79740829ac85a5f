/** A proxy before an emulator that answers some requests itself, as AWS does when it is busy, broken or forbids. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'

export interface Refusal {
  readonly status: number
  /** AWS's name of the error. */
  readonly name: string
  readonly more?: Readonly<Record<string, unknown>>
}

export interface RefusingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Operations in the order in which they came, such as `GetItem`. */
  readonly calls: readonly string[]
}

/** @param refuse asked of each operation (DynamoDB's, KMS's); 'silence' never answers, undefined lets it pass */
export async function refusing(
  target: string,
  refuse: (operation: string) => Refusal | 'silence' | undefined,
): Promise<RefusingProxy> {
  const calls: string[] = []
  const server = createServer((asked, answer) => {
    const operation = String(asked.headers['x-amz-target']).split('.').at(-1) ?? ''
    calls.push(operation)
    const refusal = refuse(operation)
    if (refusal === 'silence') return
    if (refusal !== undefined) {
      asked.resume().once('end', () => {
        answer.writeHead(refusal.status, { 'content-type': 'application/x-amz-json-1.0' })
        answer.end(JSON.stringify({ __type: `com.amazonaws#${refusal.name}`, message: 'refused', ...refusal.more }))
      })
      return
    }
    const { method, url, headers } = asked
    const forwarded = request(`${target}${url}`, { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    asked.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
