/**
 * Feeds the functions from the queues, as SQS would: at least once, partial batch responses obeyed, what keeps failing
 * ends on the failed list. One sealing at a time; verifying goes on beside it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { verifyHandler } from '../../functions/verify/handler.ts'
import { MOST_DEATHS } from '../../shared/flow/deaths.ts'
import { reasonOf } from '../../shared/flow/reasons.ts'
import type { VerifyPorts } from '../../shared/flow/verify.ts'
import type { LocalQueue, Message } from '../../shared/platform/local/queue.ts'
import type { StepEvent } from '../../shared/platform/ports.ts'
import { createdMessage } from './arrivals.ts'
import type { Hub } from './hub.ts'
import type { Sealer } from './sealer.ts'

export type Stage = 'seal' | 'verify'
export const STAGES: readonly Stage[] = ['seal', 'verify']

/** A message in hand is hidden this long at a time, and longer while its worker lives: of a killed one another takes over. */
const VISIBILITY_MS = 30_000
const IDLE_POLL_MS = 500
const REST_MS = 2000

export interface PumpPorts {
  readonly queue: LocalQueue
  readonly hub: Hub
  readonly verify: VerifyPorts
  readonly sealer: Sealer
  /** How long a message is another's after its worker was killed; 30 s unless told. */
  readonly visibilityMs?: number
  readonly log: (line: Readonly<Record<string, string | number>>) => void
}

export interface Pump {
  /** Looks at the queues now instead of at the next poll. */
  kick(): void
  problems(): Promise<readonly string[]>
  /** Keys of sealed objects that a sweep found and that don't open with the keys held here. */
  unopened(): ReadonlySet<string>
  stop(): Promise<void>
}

const ours = z.object({
  upload: z.string().optional(),
  Records: z.tuple([z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })], z.unknown()),
})

/** The key of the object that a message of ours is about. */
export function keyOf({ body }: Pick<Message, 'body'>): string {
  return ours.parse(JSON.parse(body)).Records[0].s3.object.key
}

/** The upload (intake key) that a message of ours is about; messages for VERIFY name it beside the vault's key. */
export function uploadOf({ body }: Pick<Message, 'body'>): string {
  return ours.parse(JSON.parse(body)).upload ?? keyOf({ body })
}

/** Whether a sweep, and not a sealing, sent this object to VERIFY. */
function isLeftover(message: Message): boolean {
  return message.queue === 'verify' && ours.parse(JSON.parse(message.body)).upload === undefined
}

/** As SQS would hand it over, with how often looking at it ended the sealing process. */
function asSqsEvent({ id, body }: Message, deaths: number) {
  return { Records: [{ messageId: id, body, messageAttributes: { deaths: { stringValue: String(deaths) } } }] }
}

export function startPump(ports: PumpPorts): Pump {
  const { queue, hub, sealer, visibilityMs = VISIBILITY_MS } = ports
  const reasons = new Map<string, string>()
  const unopened = new Set<string>()
  /** By message id. Only what ends the process counts: a busy key service must not make a landscape restricted. */
  const deaths = new Map<string, number>()
  let stopping = false
  let wake: () => void = () => {}
  let woken = new Promise<void>((resolve) => {
    wake = resolve
  })

  function kick(): void {
    wake()
    woken = new Promise((resolve) => {
      wake = resolve
    })
  }

  const verify = verifyHandler({
    bucketName: 'vault',
    ports: ports.verify,
    onVerified: ({ outcome }) => outcome === 'committed' && hub.publish({ type: 'changed', what: 'objects' }),
    onError: (messageId, error) => reasons.set(messageId, reasonOf(error)),
  })

  /** @returns undefined when done, else why it wasn't */
  async function doVerify(message: Message): Promise<string | undefined> {
    const { batchItemFailures } = await verify(asSqsEvent(message, 0))
    const reason = reasons.get(message.id)
    reasons.delete(message.id)
    return batchItemFailures.length === 0 ? undefined : (reason ?? 'internal-error')
  }

  /** What was sealed is queued for VERIFY before the message is removed: nothing is forgotten in between. */
  async function doSeal(message: Message): Promise<string | undefined> {
    const result = await sealer.invoke(asSqsEvent(message, deaths.get(message.id) ?? 0))
    if ('died' in result) {
      // What took too long or too much would do so again: the next attempt doesn't look.
      const more = result.died === 'sealer-died' ? 1 : MOST_DEATHS
      deaths.set(message.id, (deaths.get(message.id) ?? 0) + more)
      return result.died
    }
    for (const { upload, stored } of result.sealed) queue.send('verify', createdMessage(stored, '0', upload))
    if (result.sealed.length > 0) kick()
    if (result.response.batchItemFailures.length > 0) return result.reasons[message.id] ?? 'internal-error'
    deaths.delete(message.id)
    return undefined
  }

  function giveUp(message: Message, reason: string): void {
    const step: StepEvent = {
      type: 'step',
      time: new Date().toISOString(),
      upload: uploadOf(message),
      step: 'failed',
      reason,
    }
    deaths.delete(message.id)
    hub.emit(step)
    hub.publish({ type: 'changed', what: 'failed' })
  }

  /** A queue that can't be written to now may be at the next beat; at worst two work on one upload, and one of them wins. */
  function keep(message: Message): void {
    try {
      queue.changeVisibility(message, visibilityMs)
    } catch {}
  }

  async function work(stage: Stage, message: Message): Promise<void> {
    let reason: string | undefined
    const heartbeat = setInterval(() => keep(message), visibilityMs / 4)
    try {
      reason = await (stage === 'seal' ? doSeal(message) : doVerify(message))
    } catch (error) {
      reason = reasonOf(error)
    } finally {
      clearInterval(heartbeat)
    }
    if (reason === undefined) {
      queue.remove(message)
      return
    }
    if (isLeftover(message) && reason.startsWith('verification-failed')) {
      // No upload waits for it: an attempt of long ago, under keys that aren't here. Nothing is lost, and nothing to retry.
      queue.remove(message)
      unopened.add(keyOf(message))
      ports.log({ event: 'leftover', reason, object: keyOf(message) })
      return
    }
    const { failed } = queue.giveBack(message, reason)
    const attempt = message.receiveCount
    const about = { upload: uploadOf(message), item: message.id }
    ports.log({ event: 'failed', stage, reason, attempt, final: String(failed), ...about })
    if (failed) giveUp(message, reason)
  }

  async function next(stage: Stage): Promise<void> {
    const [message] = queue.receive(stage, { max: 1, visibilityMs })
    if (message) await work(stage, message)
    else await Promise.race([woken, sleep(IDLE_POLL_MS, undefined, { ref: false })])
  }

  async function loop(stage: Stage): Promise<void> {
    while (!stopping) {
      try {
        await next(stage)
      } catch (error) {
        // The queue itself: a full disk, a locked file. Messages stay where they are.
        ports.log({ event: 'queue-failed', stage, reason: reasonOf(error) })
        await Promise.race([woken, sleep(REST_MS, undefined, { ref: false })])
      }
    }
  }
  const loops = STAGES.map(loop)

  return {
    kick,
    problems: () => sealer.problems(),
    unopened: () => unopened,
    async stop() {
      stopping = true
      kick()
      await Promise.all(loops)
      await sealer.stop()
    },
  }
}
