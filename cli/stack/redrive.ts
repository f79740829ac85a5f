/** What a stack gave up on, and another try: from each dead-letter queue back to the queue it came from. */

import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import type { Stack } from './stack.ts'

export type Stage = 'seal' | 'verify'
type QueueName = Extract<keyof Outputs, `${string}QueueUrl`>

function queuesOf(stack: Stack) {
  const open = (name: QueueName) => openSqsQueue(stack.output(name))
  return {
    seal: { dead: open('SealDeadQueueUrl'), live: open('SealQueueUrl') },
    verify: { dead: open('VerifyDeadQueueUrl'), live: open('VerifyQueueUrl') },
  } as const
}

export const STAGES: readonly Stage[] = ['seal', 'verify']

/** How many messages wait in the dead-letter queue of each stage, roughly, as SQS counts. @throws Unavailable */
export async function givenUp(stack: Stack): Promise<Readonly<Record<Stage, number>>> {
  const { seal, verify } = queuesOf(stack)
  return { seal: await seal.dead.waiting(), verify: await verify.dead.waiting() }
}

/**
 * Received, sent, and only then deleted: killed between, a message is in both queues, and the same work twice is harmless.
 * What is given up again meanwhile is not taken twice: at most as many as there were.
 * @param onMoved told after each. @throws Unavailable
 */
export async function redrive(stack: Stack, stage: Stage, onMoved: () => void): Promise<number> {
  const { dead, live } = queuesOf(stack)[stage]
  const seen = new Set<string>()
  for (;;) {
    const messages = await dead.receive({ max: 10, visibilitySeconds: 60 })
    const fresh = messages.filter(({ id }) => !seen.has(id))
    if (fresh.length === 0) return seen.size
    for (const message of fresh) {
      await live.send(message.body)
      await dead.remove(message)
      seen.add(message.id)
      onMoved()
    }
  }
}
