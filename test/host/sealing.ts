/** What the sealing process is sent, and its answer when it lived to give one. */
import { createdMessage } from '../../cli/host/arrivals.ts'
import type { SealerAnswer } from '../../cli/host/sealer.ts'
import type { ObjectRef } from '../../shared/platform/ports.ts'

/** One SQS event of one message, whose id is the upload's key. */
export function createMessageFor(ref: ObjectRef): unknown {
  const body = createdMessage({ ...ref, size: 1, modified: 1 }, '0A')
  return { Records: [{ messageId: ref.key, body, attributes: {} }] }
}

export function resultOf(answer: SealerAnswer): Exclude<SealerAnswer, { readonly died: unknown }> {
  if ('died' in answer) throw new Error(`the sealing process ended: ${answer.died}`)
  return answer
}
