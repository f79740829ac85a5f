/** Which key exchange a host really agrees to, asked on the wire: what `doctor` reports instead of what is hoped for. */
import { connect, type EphemeralKeyInfo, type TLSSocket } from 'node:tls'
import { Unavailable } from '../ports.ts'
import { type AwsSettings, tlsOptions } from './settings.ts'

export interface NegotiatedTls {
  /** Such as `X25519MLKEM768` or `X25519`. */
  readonly group: string
  /** Such as `TLSv1.3`. */
  readonly protocol: string
}

export interface NegotiateOptions {
  readonly port?: number
  /** PEM certificates that are trusted instead of the system's. */
  readonly ca?: string
}

const TIMEOUT_MS = 5_000

/**
 * One handshake with the options that our clients connect with; nothing is sent.
 * @throws Unavailable when there is no common group, or nobody answers
 */
export function negotiatedTls(
  host: string,
  settings: AwsSettings = {},
  { port = 443, ca }: NegotiateOptions = {},
): Promise<NegotiatedTls> {
  return new Promise((resolve, reject) => {
    const options = { host, port, ...tlsOptions(settings), ...(ca !== undefined && { ca }) }
    const socket = connect(options, () => {
      resolve({ group: groupOf(socket), protocol: socket.getProtocol() ?? 'unknown' })
      socket.destroy()
    })
    const fail = (why: string) => {
      socket.destroy()
      reject(new Unavailable(`no TLS connection to ${host}: ${why}`))
    }
    socket.setTimeout(TIMEOUT_MS, () => fail('no answer'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code?.startsWith('ERR_SSL') && settings.allowClassicalTls !== true
      fail(refused ? `${error.code}; a proxy that doesn't speak hybrid TLS needs allowClassicalTls` : `${error.code}`)
    })
  })
}

/** Node names hybrid groups since 24.5 (`type: 'TLSGroup'`), which its types don't say yet. */
function groupOf(socket: TLSSocket): string {
  const info: EphemeralKeyInfo | object | null = socket.getEphemeralKeyInfo()
  return info !== null && 'name' in info && typeof info.name === 'string' ? info.name : 'unknown'
}
