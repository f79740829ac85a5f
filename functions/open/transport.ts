/** The open function as Lambda calls it: streaming, or buffered where there is no streaming. */
import type { Answer } from '../../shared/flow/answer.ts'
import { answerTo } from '../../shared/flow/answer.ts'
import { guarded, InvocationFailed, type Log } from '../log.ts'
import { outliveCutStreams } from './cut.ts'
import { type AwsLambda, type BufferedResponse, buffered, type ResponseStream, writeStreamed } from './response.ts'

type Open = (event: unknown) => Promise<Answer>

/** Links that open nothing; what isn't about the link at all (400, 405, 416) is no refusal. */
const REFUSED = new Set([403, 404, 410])

function tell(log: Log, { status }: Answer): void {
  if (REFUSED.has(status)) log.info('refused', { status })
}

export function streaming(log: Log, open: Open, lambda: AwsLambda) {
  const handler = guarded(log, async (event: unknown, stream: ResponseStream): Promise<void> => {
    const answer = await open(event)
    tell(log, answer)
    try {
      if (!(await writeStreamed(answer, stream, lambda))) log.info('reader-left')
    } catch (error) {
      log.failed('stream-failed', error)
      // The runtime prints this one and fails the invocation; no stream was ended.
      stream.destroy(new InvocationFailed('stream-failed'))
    }
  })
  outliveCutStreams()
  return lambda.streamifyResponse(handler)
}

export function buffering(log: Log, open: Open): (event: unknown) => Promise<BufferedResponse> {
  return guarded(log, async (event) => {
    const answer = await open(event)
    tell(log, answer)
    try {
      return await buffered(answer)
    } catch (error) {
      log.failed('stream-failed', error)
      return buffered(answerTo(error))
    }
  })
}
