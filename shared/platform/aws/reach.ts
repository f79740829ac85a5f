/**
 * HTTP to a function's URL, or to a service that has no client here. On AWS the URL says where that is; an emulator answers
 * for every host at its own address, so where one is set (AWS_ENDPOINT_URL), the request goes there and carries the URL's host.
 */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { Unavailable } from '../ports.ts'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: AsyncIterable<Uint8Array>
}

/** Another try may meet somebody. */
export class NoAnswer extends Unavailable {
  constructor(host: string) {
    super(`AWS does not answer (${host})`)
  }
}

/** How long the other side may be silent: a function starts cold, and opens before its first byte. */
const SILENT_MS = 60_000

/** @throws NoAnswer */
export function reach(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> {
  const { protocol, host, pathname, search } = new URL(url)
  const endpoint = process.env.AWS_ENDPOINT_URL
  const at = endpoint === undefined ? new URL(`${protocol}//${host}`) : new URL(endpoint)
  const request = at.protocol === 'https:' ? overHttps : overHttp
  return new Promise((resolve, reject) => {
    const failed = () => reject(new NoAnswer(host))
    const sent = request(
      { hostname: at.hostname, port: at.port, path: `${pathname}${search}`, method, headers: { ...headers, host } },
      (answer) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }),
    )
    sent.setTimeout(SILENT_MS, () => sent.destroy(new Error('silent')))
    sent.on('error', failed)
    sent.end(body)
  })
}
