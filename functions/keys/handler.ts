/** The keys function, invoked by an operator: generations made, listed, rotated, retired and brought back. */
import * as z from 'zod'
import { orderIn } from '../order.ts'

const generation = z.int().min(1).max(1_000_000)
const count = z.int().min(0)

/** What still needs a generation, as the rewrap function counted it, which may read objects; this one may not. */
const need = z.strictObject({ keyId: z.string().max(256), objects: count, waiting: count, unknown: count })
export type Need = z.output<typeof need>

const order = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal(['init', 'list', 'rotate']) }),
  z.strictObject({ action: z.literal('retire'), generation, need }),
  z.strictObject({ action: z.literal('unretire'), generation }),
])

/** Each @throws Unavailable; retiring and its opposite refuse with an error of their own. */
export interface KeyActions {
  init(): Promise<object>
  rotate(): Promise<object>
  list(): Promise<object | undefined>
  retire(generation: number, need: Need): Promise<boolean>
  unretire(generation: number): Promise<boolean>
}

export interface KeysAnswer {
  readonly action: string
  /** What was made, or what there is; never a secret. */
  readonly keys?: object
  /** Whether retiring or its opposite changed anything. */
  readonly changed?: boolean
}

/** @throws BadOrder, Unavailable */
export function keysHandler(actions: KeyActions): (event: unknown) => Promise<KeysAnswer> {
  return async (event) => {
    const asked = orderIn(order, event)
    const { action } = asked
    if (action === 'retire') return { action, changed: await actions.retire(asked.generation, asked.need) }
    if (action === 'unretire') return { action, changed: await actions.unretire(asked.generation) }
    const keys = await actions[action]()
    return { action, ...(keys && { keys }) }
  }
}
