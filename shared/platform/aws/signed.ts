/** Requests to a function URL with IAM authentication: signed (SigV4), so that AWS tells the function who asks. */
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

/** @returns status and the answer's JSON. @throws Unavailable */
export async function postSigned(
  url: string,
  payload: unknown,
  { region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1' }: AwsSettings = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { protocol, host, hostname, pathname, port } = new URL(url)
  const body = JSON.stringify(payload)
  const signer = new SignatureV4({ service: 'lambda', region, credentials: defaultProvider(), sha256: Sha256 })
  const { headers } = await onAws('signing a request', () =>
    signer.sign({
      ...{ method: 'POST', protocol, hostname, path: pathname, body },
      ...(port !== '' && { port: Number(port) }),
      headers: { host, 'content-type': 'application/json' },
    }),
  )
  const answer = await reach(url, { method: 'POST', headers, body })
  const parts: Uint8Array[] = []
  for await (const part of answer.body) parts.push(part)
  try {
    return { status: answer.status, body: JSON.parse(Buffer.concat(parts).toString('utf8')) }
  } catch {
    throw new Unavailable(`the stack's function answered ${answer.status} and no JSON`)
  }
}
