/** The erase function, invoked by an operator: an object, its renditions, envelopes and links, for good. */
import * as z from 'zod'
import { type RemovePorts, remove } from '../../shared/flow/remove.ts'
import { orderIn } from '../order.ts'

const order = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/, 'an object id has 32 hex digits'),
  /** A code and no sentence: it is logged, and sentences name people. */
  reason: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a short code of a-z, 0-9 and dashes, such as subject-request'),
})

export interface EraseAnswer {
  readonly id: string
  /** `missing`: the catalogue knows no such object; what lies in the vault without a row is VERIFY's and SWEEP's. */
  readonly outcome: 'erased' | 'missing'
}

/** Who invoked it AWS's own records say; the function isn't told. */
const CALLER = { principal: 'operator', ip: '-' }

/** @param onErased told before it is answered, for the log. @throws BadOrder; Unavailable: part of it may be gone, call again */
export function eraseHandler(
  ports: RemovePorts,
  onErased: (answer: EraseAnswer, reason: string) => void,
): (event: unknown) => Promise<EraseAnswer> {
  return async (event) => {
    const { id, reason } = orderIn(order, event)
    try {
      const answer = { id, outcome: (await remove(ports, CALLER, id)) ? 'erased' : 'missing' } as const
      onErased(answer, reason)
      return answer
    } finally {
      await ports.events.flush()
    }
  }
}
