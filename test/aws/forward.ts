/** Passes a request on to an emulator as it came: what servers that stand before one do with what they leave alone. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

/** @returns the emulator's answer, its body still to be read */
export async function forward(endpoint: string, incoming: IncomingMessage): Promise<IncomingMessage> {
  const outgoing = request(new URL(incoming.url ?? '/', endpoint), {
    method: incoming.method ?? 'POST',
    headers: incoming.headers,
  })
  incoming.pipe(outgoing)
  const [answer] = await once(outgoing, 'response')
  return answer
}
