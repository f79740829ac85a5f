/**
 * Serves links, from an origin of its own so that nothing uploaded ever shares the console's: the open function behind
 * node:http. A stream that fails later is destroyed, never ended, so that no client takes a part for the whole.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { openHandler, type UrlEvent } from '../../functions/open/handler.ts'
import type { ReadPorts } from '../../shared/flow/open.ts'
import { reasonOf } from '../../shared/flow/reasons.ts'
import { LINK_HEADERS } from '../../shared/links/headers.ts'
import { codeOf } from '../errors.ts'

/** Limits on whoever connects: a client that sends nothing, or takes nothing, must not stay. */
const HEADERS_TIMEOUT_MS = 10_000
const STALLED_MS = 60_000
const MOST_CONNECTIONS = 512

const MALFORMED = [
  'HTTP/1.1 400 Bad Request',
  ...Object.entries(LINK_HEADERS).map(([name, value]) => `${name}: ${value}`),
  'Content-Length: 0',
  'Connection: close',
  '\r\n',
].join('\r\n')

function eventOf(request: IncomingMessage): UrlEvent {
  const { headers, method = 'GET', url = '/', socket } = request
  const kept = { range: headers.range, 'user-agent': headers['user-agent'] }
  const [rawPath = '/'] = url.split('?', 1)
  return { rawPath, headers: kept, requestContext: { http: { method, sourceIp: socket.remoteAddress ?? '' } } }
}

/** A client that closes its connection, or loses it, is no failure of ours. */
function wentAway(error: unknown): boolean {
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')
}

/** The object's id is opaque. */
function failed(event: string, error: unknown, object: string | undefined): Readonly<Record<string, string>> {
  return { event, reason: reasonOf(error), ...(object !== undefined && { object }) }
}

export function createLinkServer(
  ports: ReadPorts,
  log: (line: Readonly<Record<string, string | number>>) => void,
  stalledMs = STALLED_MS,
): Server {
  const open = openHandler(ports, (error, object) => log(failed('open-failed', error, object)))

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body, object } = await open(eventOf(request))
    response.writeHead(status, headers)
    if (!body || request.method === 'HEAD') {
      response.end()
      return
    }
    try {
      await pipeline(body, response)
    } catch (error) {
      if (!wentAway(error)) log(failed('stream-failed', error, object))
      response.destroy()
    }
  }

  const server = createServer({ connectionsCheckingInterval: 2_000 }, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      if (!wentAway(error)) log(failed('stream-failed', error, undefined))
      response.destroy()
    })
  })
  // Nothing that could be parsed as a request: no name and no token of it is kept.
  server.on('clientError', (_, socket) => {
    // Half-closed it would stay, and count, for as long as the other side likes.
    if (socket.writable) socket.end(MALFORMED, () => socket.destroy())
    else socket.destroy()
  })
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = HEADERS_TIMEOUT_MS
  server.maxConnections = MOST_CONNECTIONS
  // Not on the sockets: node sets theirs anew for each request of a connection.
  server.setTimeout(stalledMs, (socket) => socket.destroy())
  return server
}
