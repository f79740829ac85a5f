/** A proxy between an emulator's functions and the emulator that counts their calls, by service and operation. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { callOf } from '../faults/proxy.ts'
import { forward } from '../forward.ts'

export type Counts = ReadonlyMap<string, number>

export interface CountingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Calls since the last time. */
  taken(): Counts
}

export async function countCalls(emulator: string): Promise<CountingProxy> {
  let counts = new Map<string, number>()
  const server = createServer(async (incoming, answer) => {
    try {
      const call = callOf(incoming)
      counts.set(call, (counts.get(call) ?? 0) + 1)
      const answered = await forward(emulator, incoming)
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    } catch {
      incoming.socket.destroy()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    taken() {
      const taken = counts
      counts = new Map()
      return taken
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What functions keep for seconds or minutes, and so ask for by the clock and not by the picture. */
const KEPT = new Set(['dynamodb.Scan', 'secrets.GetSecretValue'])

/** How many calls one made and the other didn't. */
export function difference(one: Counts, other: Counts): number {
  const calls = new Set([...one.keys(), ...other.keys()].filter((call) => !KEPT.has(call)))
  return [...calls].reduce((sum, call) => sum + Math.abs((one.get(call) ?? 0) - (other.get(call) ?? 0)), 0)
}
