/** What a service that doesn't answer leaves undone, as SQS keeps it: sent anew for later, or to the dead-letter queue, and then removed. */
import { openSqsQueue } from './queue.ts'
import type { AwsSettings } from './settings.ts'

/** The longest that SQS delays one message. */
const LONGEST_SECONDS = 900

interface InHand {
  readonly body: string
  readonly receiptHandle?: string | undefined
}

/** Both remove what they sent on. Every method throws Unavailable. */
export interface SqsOutages {
  /** @param carry numbers that the message brings along */
  putOff(message: InHand, carry: Readonly<Record<string, number>>): Promise<void>
  giveUp(message: InHand, carry: Readonly<Record<string, number>>): Promise<void>
}

export function openSqsOutages(queueUrl: string, deadQueueUrl: string, settings: AwsSettings = {}): SqsOutages {
  const [queue, dead] = [openSqsQueue(queueUrl, settings), openSqsQueue(deadQueueUrl, settings)]

  /** Whoever delivered it removes it as well, once the invocation ends well: that this failed is no failure. */
  async function removed({ receiptHandle }: InHand): Promise<void> {
    if (receiptHandle !== undefined) await queue.remove({ receiptHandle }).catch(() => {})
  }

  return {
    async putOff(message, carry) {
      const delaySeconds = Math.min(LONGEST_SECONDS, await queue.visibilitySeconds())
      await queue.send(message.body, { carry, delaySeconds })
      await removed(message)
    },
    async giveUp(message, carry) {
      await dead.send(message.body, { carry })
      await removed(message)
    },
  }
}
