/**
 * How every AWS client of ours is set up: timeouts, retries with jitter and a budget, and TLS that a recording of today
 * doesn't open tomorrow. Endpoints and regions come the SDK's own way (AWS_REGION, AWS_ENDPOINT_URL), emulators included.
 */
import { Agent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/** The hybrid group of draft-ietf-tls-ecdhe-mlkem: what is recorded stays closed if either half holds. */
export const HYBRID_GROUP = 'X25519MLKEM768'

export interface AwsSettings {
  readonly region?: string
  /** An emulator's address. */
  readonly endpoint?: string
  /** Lets TLS fall back to classical key exchange, where a proxy or a region doesn't speak the hybrid one. */
  readonly allowClassicalTls?: boolean
  /** The first try included. */
  readonly maxAttempts?: number
  readonly connectionTimeoutMs?: number
  /** How long a socket may be silent. */
  readonly requestTimeoutMs?: number
}

/** TLS 1.2 may exchange keys without any group (static RSA), so forcing the hybrid one forces TLS 1.3 too. */
export function tlsOptions({ allowClassicalTls = false }: AwsSettings): { ecdhCurve?: string; minVersion?: 'TLSv1.3' } {
  return allowClassicalTls ? {} : { ecdhCurve: HYBRID_GROUP, minVersion: 'TLSv1.3' }
}

/** What every client's constructor takes. Retries are the SDK's `standard` mode: jittered, and bounded by a token bucket. */
export function clientConfig(settings: AwsSettings = {}) {
  const { region, endpoint, maxAttempts = 4 } = settings
  const { connectionTimeoutMs = 2_000, requestTimeoutMs = 15_000 } = settings
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ...tlsOptions(settings) })
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts,
    retryMode: 'standard',
    requestHandler: new NodeHttpHandler({
      httpsAgent: agent,
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    }),
  }
}
