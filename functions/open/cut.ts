/**
 * What a cut stream leaves behind in Amazon's runtime (aws-lambda-ric 4): a promise that nobody listens to fails with the
 * stream, and Node ends the process for it. The next reader would wait for a new one.
 */
import { InvocationFailed } from '../log.ts'

/** The other end of the stream is gone: the reader left, or we cut it. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'])

function isOfStream(error: unknown): boolean {
  if (error instanceof InvocationFailed) return true
  return error instanceof Error && 'code' in error && CLOSED.has(String(error.code))
}

/** Whatever else nobody listens to still ends the process. */
export function outliveCutStreams(): void {
  process.on('unhandledRejection', (error) => {
    if (!isOfStream(error)) throw error
  })
}
