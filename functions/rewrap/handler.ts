/** The rewrap function, invoked by an operator or a workflow again and again until nothing is left: each time a slice. */
import * as z from 'zod'
import { type Need, type NeedPlace, needOf, needSlice } from '../../shared/flow/need.ts'
import { type RewrapSlicePorts, type RewrapStep, rewrapSlice } from '../../shared/flow/rewrap.ts'
import { tryKeys } from '../../shared/flow/tryKeys.ts'
import { type Invocation, shareOfTime } from '../invocation.ts'
import { orderIn } from '../order.ts'

const objectId = z.string().regex(/^[0-9a-f]{32}$/)
/** Only objects whose ids begin so: the share of one of many that work at once. */
const shard = z.string().regex(/^[0-9a-f]{1,4}$/)
const keyId = z.string().min(1).max(256)

/** What still needs a generation, asked before it is retired. */
const question = z.strictObject({
  need: z.strictObject({
    ...{ keyId, others: z.array(z.string().max(256)).max(1000) },
    /** Without it all is counted at once, as those ask who take no part for the whole. */
    slice: z
      .strictObject({
        prefix: shard.optional(),
        next: z.strictObject({ counting: z.enum(['waiting', 'committed']), after: objectId.optional() }).optional(),
      })
      .refine(({ next, prefix = '' }) => next?.after === undefined || next.after.startsWith(prefix))
      .optional(),
  }),
})

const slice = z
  .strictObject({
    /** Where the slice before this one ended. */
    next: objectId.optional(),
    prefix: shard.optional(),
  })
  .refine(({ next, prefix = '' }) => next === undefined || next.startsWith(prefix))

/** Whether what is sealed now opens: doctor asks. */
const trial = z.strictObject({ try: z.literal('keys') })

const order = z.union([trial, question, slice])

export interface RewrapAnswer extends Readonly<Record<RewrapStep['outcome'], number>> {
  readonly done: boolean
  /** For the next invocation, unless done. */
  readonly next?: string
}

export interface NeedAnswer extends Need {
  readonly keyId: string
  /** For the next slice; absent when all is counted. */
  readonly next?: NeedPlace
}

/**
 * @throws BadOrder, Unavailable
 * @param onFailed told of each sealed object that could not be rewrapped, and why
 * @param renew has the ports know of a rotation a moment ago, of which a warm function may not: all would count as current
 */
export function rewrapHandler(
  ports: RewrapSlicePorts,
  onFailed: (step: RewrapStep) => void,
  renew: () => Promise<unknown> = async () => {},
): (event: unknown, invocation?: Invocation) => Promise<RewrapAnswer | NeedAnswer | { readonly opens: true }> {
  return async (event, invocation) => {
    const asked = orderIn(order, event ?? {})
    if ('try' in asked) {
      await tryKeys(ports)
      return { opens: true }
    }
    if ('need' in asked) {
      const { keyId, others, slice: part } = asked.need
      const about = { kemKeyId: keyId, others: new Set(others) }
      if (part === undefined) return { keyId, ...(await needOf(ports, about)) }
      const isOver = shareOfTime(invocation)(1)
      const { need, next } = await needSlice(ports, about, { shard: part.prefix, from: part.next, isOver })
      return { keyId, ...need, ...(next && { next }) }
    }
    const { next: after, prefix } = asked
    await renew()
    const counts = { rewrapped: 0, current: 0, moved: 0, failed: 0 }
    const next = await rewrapSlice(ports, { after, shard: prefix, isOver: shareOfTime(invocation)(1) }, (step) => {
      counts[step.outcome]++
      if (step.outcome === 'failed') onFailed(step)
    })
    return { ...counts, done: next === undefined, ...(next !== undefined && { next }) }
  }
}
