/**
 * Feeds the functions from the queues, as SQS would: at least once, partial batch responses obeyed, what keeps failing
 * ends on the failed list. One sealing at a time; verifying goes on beside it.
 */
import { z } from 'zod'
import { verifyHandler } from '../../functions/verify/handler.ts'
import type { VerifyPorts } from '../../shared/flow/verify.ts'
import type { LocalQueue, Message } from '../../shared/platform/local/queue.ts'
import type { StepEvent } from '../../shared/platform/ports.ts'
import { createdMessage } from './arrivals.ts'
import type { Hub } from './hub.ts'
import type { FromSealer } from './messages.ts'
import { reasonOf } from './reasons.ts'
import type { Sealer, SealerPorts } from './sealer.ts'

export type Stage = 'seal' | 'verify'
export const STAGES: readonly Stage[] = ['seal', 'verify']

/** Six times the function's own time limit, as AWS advises for Lambda. */
const VISIBILITY_MS = { seal: 60 * 60_000, verify: 60 * 60_000 } as const
const IDLE_POLL_MS = 500

export interface PumpPorts {
  readonly queue: LocalQueue
  readonly hub: Hub
  readonly verify: VerifyPorts
  readonly sealer: (ports: Pick<SealerPorts, 'onMessage'>) => Sealer
  readonly log: (line: Readonly<Record<string, string | number>>) => void
}

export interface Pump {
  /** Looks at the queues now instead of at the next poll. */
  kick(): void
  /** Resolves when nothing is queued that could be worked on now. */
  idle(): Promise<void>
  problems(): Promise<readonly string[]>
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

function asSqsEvent({ id, body, receiveCount }: Message) {
  return { Records: [{ messageId: id, body, attributes: { ApproximateReceiveCount: String(receiveCount) } }] }
}

export function startPump(ports: PumpPorts): Pump {
  const { queue, hub } = ports
  const reasons = new Map<string, string>()
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

  async function onMessage(message: Extract<FromSealer, { type: 'event' | 'sealed' | 'error' }>): Promise<void> {
    if (message.type === 'event') hub.emit(message.event)
    else if (message.type === 'error') reasons.set(message.messageId, message.reason)
    else if (message.outcome.outcome === 'sealed') {
      const notice = JSON.parse(createdMessage(message.outcome.stored, ''))
      queue.send('verify', JSON.stringify({ ...notice, upload: message.object.key }))
      kick()
    }
  }
  const sealer = ports.sealer({ onMessage })
  const verify = verifyHandler({
    ports: ports.verify,
    onVerified: ({ outcome }) => outcome === 'committed' && hub.publish({ type: 'changed', what: 'objects' }),
    onError: (messageId, error) => reasons.set(messageId, reasonOf(error)),
  })

  /** @returns undefined when done, else why it wasn't */
  async function handle(stage: Stage, message: Message): Promise<string | undefined> {
    try {
      const response = await (stage === 'seal' ? sealer.invoke(asSqsEvent(message)) : verify(asSqsEvent(message)))
      if ('died' in response) return response.died
      return response.batchItemFailures.length === 0 ? undefined : (reasons.get(message.id) ?? 'internal-error')
    } catch (error) {
      return reasonOf(error)
    } finally {
      reasons.delete(message.id)
    }
  }

  async function work(stage: Stage, message: Message): Promise<void> {
    const reason = await handle(stage, message)
    if (reason === undefined) {
      queue.remove(message)
      return
    }
    const { failed } = queue.giveBack(message, reason)
    ports.log({ event: 'failed', stage, reason, attempt: message.receiveCount, final: String(failed) })
    if (!failed) return
    const upload = uploadOf(message)
    const step: StepEvent = { type: 'step', time: new Date().toISOString(), upload, step: 'failed', reason }
    hub.emit(step)
    hub.publish({ type: 'changed', what: 'failed' })
  }

  async function loop(stage: Stage): Promise<void> {
    while (!stopping) {
      const [message] = queue.receive(stage, { max: 1, visibilityMs: VISIBILITY_MS[stage] })
      if (message) await work(stage, message)
      else await Promise.race([woken, new Promise((resolve) => setTimeout(resolve, IDLE_POLL_MS).unref())])
    }
  }
  const loops = STAGES.map(loop)

  return {
    kick,
    problems: () => sealer.problems(),
    async idle() {
      while (STAGES.some((stage) => queue.waiting(stage) > 0)) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    async stop() {
      stopping = true
      kick()
      await Promise.all(loops)
      await sealer.stop()
    },
  }
}
