/**
 * How Lambda takes an answer. Streamed: headers first, then each verified chunk as fast as the reader takes it; an answer
 * that fails on the way is destroyed and never ended, so that nobody takes a part for the whole. Buffered, for emulators
 * without response streaming: all of it at once.
 */
import type { Answer } from '../../shared/flow/answer.ts'

/** The writable stream that the runtime hands over, as far as it is used. */
export interface ResponseStream {
  readonly destroyed: boolean
  /** @returns false when the reader is behind: 'drain' says when to go on */
  write(chunk: Uint8Array): boolean
  end(): void
  destroy(error?: Error): void
  once(event: 'drain' | 'close' | 'error', listener: () => void): unknown
  off(event: 'drain' | 'close' | 'error', listener: () => void): unknown
}

type StreamingHandler = (event: unknown, stream: ResponseStream) => Promise<void>

/** The global that Lambda's Node runtime defines. https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html */
export interface AwsLambda {
  streamifyResponse(handler: StreamingHandler): StreamingHandler
  readonly HttpResponseStream: {
    from(
      stream: ResponseStream,
      prelude: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
    ): ResponseStream
  }
}

function drained(stream: ResponseStream): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const
    const done = () => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.once(event, done)
  })
}

/** @returns whether all of it was handed over; false when the reader left. @throws what reading the body throws: the caller destroys */
export async function writeStreamed(
  { status, headers, body }: Answer,
  stream: ResponseStream,
  { HttpResponseStream }: Pick<AwsLambda, 'HttpResponseStream'>,
): Promise<boolean> {
  const out = HttpResponseStream.from(stream, { statusCode: status, headers })
  // Status and headers leave with the first write, and an answer may have no byte.
  out.write(new Uint8Array(0))
  for await (const chunk of body ?? []) {
    if (!out.write(chunk)) await drained(out)
    if (out.destroyed) return false
  }
  out.end()
  return true
}

/** Lambda's answer of at most 6 MiB is JSON around base64; the rest is for headers. */
export const MOST_BUFFERED_BYTES = 4 * 2 ** 20

export interface BufferedResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly isBase64Encoded: true
  readonly body: string
}

/** @throws what reading the body throws */
export async function buffered({ status, headers, body }: Answer): Promise<BufferedResponse> {
  const parts: Uint8Array[] = []
  for await (const part of body ?? []) parts.push(Uint8Array.from(part))
  return { statusCode: status, headers, isBase64Encoded: true, body: Buffer.concat(parts).toString('base64') }
}
