/** Waits until a server listens on the loopback, and says what to do when it can't. */
import { once } from 'node:events'
import type { Server } from 'node:net'
import { CommandFailed, codeOf } from '../errors.ts'

interface Listening {
  readonly listening: boolean
  address(): ReturnType<Server['address']>
}

/** Starts to listen on `port` where one is given; otherwise waits for a server that was told already. @returns the port */
export async function listenOn(
  server: Listening & NodeJS.EventEmitter & { listen?: Server['listen'] },
  port?: number,
): Promise<number> {
  if (port !== undefined) server.listen?.(port, '127.0.0.1')
  try {
    if (!server.listening) await once(server, 'listening')
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    const taken = error instanceof Error && 'port' in error ? error.port : port
    throw new CommandFailed(
      `port ${taken} is taken`,
      'is Safelight running already? Otherwise choose another: --port N',
    )
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new CommandFailed('the server has no port')
  return address.port
}
