/** The rewrap function, invoked by an operator or a workflow again and again until nothing is left: each time a slice. */
import * as z from 'zod'
import { type Need, needOf } from '../../shared/flow/need.ts'
import { type RewrapSlicePorts, type RewrapStep, rewrapSlice } from '../../shared/flow/rewrap.ts'
import { type Invocation, shareOfTime } from '../invocation.ts'
import { orderIn } from '../order.ts'

/** What still needs a generation, asked before it is retired. */
const question = z.strictObject({
  need: z.strictObject({ keyId: z.string().min(1).max(256), others: z.array(z.string().max(256)).max(1000) }),
})

const slice = z
  .strictObject({
    /** Where the slice before this one ended. */
    next: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
    /** Only objects whose ids begin so: the share of one of many that work at once. */
    prefix: z
      .string()
      .regex(/^[0-9a-f]{1,4}$/)
      .optional(),
  })
  .refine(({ next, prefix = '' }) => next === undefined || next.startsWith(prefix))

const order = z.union([question, slice])

export interface RewrapAnswer extends Readonly<Record<RewrapStep['outcome'], number>> {
  readonly done: boolean
  /** For the next invocation, unless done. */
  readonly next?: string
}

/** @throws BadOrder, Unavailable. @param onFailed told of each sealed object that could not be rewrapped, and why */
export function rewrapHandler(
  ports: RewrapSlicePorts,
  onFailed: (step: RewrapStep) => void,
): (event: unknown, invocation?: Invocation) => Promise<RewrapAnswer | (Need & { readonly keyId: string })> {
  return async (event, invocation) => {
    const asked = orderIn(order, event ?? {})
    if ('need' in asked) {
      const { keyId, others } = asked.need
      return { keyId, ...(await needOf(ports, keyId, new Set(others))) }
    }
    const { next: after, prefix: shard } = asked
    const counts = { rewrapped: 0, current: 0, moved: 0, failed: 0 }
    const next = await rewrapSlice(ports, { after, shard, isOver: shareOfTime(invocation)(1) }, (step) => {
      counts[step.outcome]++
      if (step.outcome === 'failed') onFailed(step)
    })
    return { ...counts, done: next === undefined, ...(next !== undefined && { next }) }
  }
}
