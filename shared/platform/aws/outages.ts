/** What a service that doesn't answer leaves undone, as SQS keeps it: sent anew for later, or to the dead-letter queue. */
import { openSqsQueue } from './queue.ts'
import type { AwsSettings } from './settings.ts'

/** The longest that SQS delays one message. */
const LONGEST_SECONDS = 900

/** Every method throws Unavailable. */
export interface SqsOutages {
  /** @param carry numbers that the message brings along */
  putOff(body: string, carry: Readonly<Record<string, number>>): Promise<void>
  giveUp(body: string): Promise<void>
}

export function openSqsOutages(queueUrl: string, deadQueueUrl: string, settings: AwsSettings = {}): SqsOutages {
  const [queue, dead] = [openSqsQueue(queueUrl, settings), openSqsQueue(deadQueueUrl, settings)]
  return {
    async putOff(body, carry) {
      await queue.send(body, { carry, delaySeconds: Math.min(LONGEST_SECONDS, await queue.visibilitySeconds()) })
    },
    giveUp: (body) => dead.send(body),
  }
}
