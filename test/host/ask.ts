/** An HTTP request as raw as a test needs it: any path, any Host header. */
import { type IncomingHttpHeaders, request } from 'node:http'

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** False when the connection ended before the answer did. */
  readonly whole: boolean
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** @param path sent as it is: nothing is normalised */
export function ask(origin: string, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answered> {
  const { hostname, port } = new URL(origin)
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const all = { host: `${hostname}:${port}`, ...length, ...headers }
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, agent: false, headers: all })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const parts: Buffer[] = []
      const done = (whole: boolean) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts), whole })
      response.on('data', (part) => parts.push(part))
      response.on('end', () => done(response.complete))
      response.on('error', () => done(false))
    })
    sent.end(body)
  })
}
