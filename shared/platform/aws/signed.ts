/**
 * Requests that are signed (SigV4) here and not by the SDK: to a function URL with IAM authentication, so that AWS tells the
 * function who asks, and to a service of which a few calls need no client of their own.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { SignatureV4 } from '@smithy/signature-v4'
import { Unavailable } from '../ports.ts'
import { onAws } from './errors.ts'
import { reach } from './reach.ts'
import type { AwsSettings } from './settings.ts'

/** SHA-256 and HMAC-SHA-256 in the form that the signer takes. */
class Sha256 {
  private readonly hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytesOf(data))
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest())
  }
  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

export interface SignedOrder {
  /** As AWS names it in a signature's scope. */
  readonly service: string
  readonly region: string
  /** Beside `host`, which every request has. */
  readonly headers: Readonly<Record<string, string>>
}

export interface SignedAnswer {
  readonly status: number
  readonly text: string
}

/** @throws Unavailable */
export async function sendSigned(url: string, payload: unknown, order: SignedOrder): Promise<SignedAnswer> {
  const { service, region } = order
  const { protocol, host, hostname, pathname, port } = new URL(url)
  const body = JSON.stringify(payload)
  const signer = new SignatureV4({ service, region, credentials: defaultProvider(), sha256: Sha256 })
  const { headers } = await onAws('signing a request', () =>
    signer.sign({
      ...{ method: 'POST', protocol, hostname, path: pathname, body },
      ...(port !== '' && { port: Number(port) }),
      headers: { host, ...order.headers },
    }),
  )
  const answer = await reach(url, { method: 'POST', headers, body })
  const parts: Uint8Array[] = []
  for await (const part of answer.body) parts.push(part)
  return { status: answer.status, text: Buffer.concat(parts).toString('utf8') }
}

/** To a function URL. @returns status and the answer's JSON. @throws Unavailable */
export async function postSigned(
  url: string,
  payload: unknown,
  { region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1' }: AwsSettings = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { 'content-type': 'application/json' }
  const { status, text } = await sendSigned(url, payload, { service: 'lambda', region, headers })
  try {
    return { status, body: JSON.parse(text) }
  } catch {
    throw new Unavailable(`the stack's function answered ${status} and no JSON`)
  }
}
