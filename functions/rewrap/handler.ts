/** The rewrap function, invoked by an operator or a workflow again and again until nothing is left: each time a slice. */
import { z } from 'zod'
import { type RewrapSlicePorts, type RewrapStep, rewrapSlice } from '../../shared/flow/rewrap.ts'
import { type Invocation, shareOfTime } from '../invocation.ts'
import { orderIn } from '../order.ts'

const order = z.strictObject({
  /** Where the slice before this one ended. */
  next: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
})

export interface RewrapAnswer extends Readonly<Record<RewrapStep['outcome'], number>> {
  readonly done: boolean
  /** For the next invocation, unless done. */
  readonly next?: string
}

/** @param onFailed told of each sealed object that could not be rewrapped, and why */
export function rewrapHandler(
  ports: RewrapSlicePorts,
  onFailed: (step: RewrapStep) => void,
): (event: unknown, invocation?: Invocation) => Promise<RewrapAnswer> {
  return async (event, invocation) => {
    const { next: after } = orderIn(order, event ?? {})
    const counts = { rewrapped: 0, current: 0, moved: 0, failed: 0 }
    const next = await rewrapSlice(ports, { after, isOver: shareOfTime(invocation)(1) }, (step) => {
      counts[step.outcome]++
      if (step.outcome === 'failed') onFailed(step)
    })
    return { ...counts, done: next === undefined, ...(next !== undefined && { next }) }
  }
}
