/**
 * What a stack gave up on, and another try: from each dead-letter queue back to the queue it came from, and what SWEEP seals
 * no more because no attempt verified (shared/flow/refusals.ts), from intake.
 */
import { notificationOf } from '../../functions/s3-events.ts'
import { MOST_REFUSED } from '../../shared/flow/refusals.ts'
import { versionIdOf } from '../../shared/flow/source.ts'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import type { ObjectVersion } from '../../shared/platform/ports.ts'
import type { Stack } from './stack.ts'

export type Stage = 'seal' | 'verify'
type QueueName = Extract<keyof Outputs, `${string}QueueUrl`>

function queuesOf(stack: Pick<Stack, 'output'>) {
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
export async function redrive(stack: Pick<Stack, 'output'>, stage: Stage, onMoved: () => void): Promise<number> {
  const { dead, live } = queuesOf(stack)[stage]
  const seen = new Set<string>()
  for (;;) {
    const messages = await dead.receive({ max: 10, visibilitySeconds: 60 })
    const fresh = messages.filter(({ id }) => !seen.has(id))
    if (fresh.length === 0) return seen.size
    for (const message of fresh) {
      // How often looking at it ended without a word goes along; the outages that it met are over.
      const { silent } = message.carried
      await live.send(message.body, { carry: silent === undefined ? {} : { silent } })
      await dead.remove(message)
      seen.add(message.id)
      onMoved()
    }
  }
}

interface Waiting extends Pick<Stack, 'primitives'> {
  readonly objects: Pick<Stack['objects'], 'versions'>
  readonly catalogue: Pick<Stack['catalogue'], 'refused' | 'pardon'>
}

/** Uploads that SWEEP seals no more, and what it counts them by. @throws Unavailable */
export async function* neverVerified({
  objects,
  catalogue,
  primitives,
}: Waiting): AsyncGenerator<{ upload: ObjectVersion; of: string }> {
  for await (const upload of objects.versions('intake')) {
    const of = versionIdOf(primitives, { ...upload, version: upload.versionId })
    if ((await catalogue.refused(of)) >= MOST_REFUSED) yield { upload, of }
  }
}

/** Sends them to SEAL. Killed between, an upload that was pardoned is sent by the sweep. @returns how many. @throws Unavailable */
export async function sealAnew(stack: Waiting & Pick<Stack, 'output'>): Promise<number> {
  const { live } = queuesOf(stack).seal
  let count = 0
  for await (const { upload, of } of neverVerified(stack)) {
    await stack.catalogue.pardon(of)
    await live.send(notificationOf(upload, stack.output('IntakeBucketName')))
    count++
  }
  return count
}
