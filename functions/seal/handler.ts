/** The seal function: uploads in by SQS, partial batch response out. */
import { limitsWithin } from '../../shared/flow/limits.ts'
import { type SealOutcome, type SealPorts, seal } from '../../shared/flow/seal.ts'
import { arrivalsOf, type FindPorts } from '../arrivals.ts'
import { type BatchResponse, forEachCreated } from '../batch.ts'
import type { Invocation } from '../invocation.ts'
import type { Outages } from '../outages.ts'
import type { Created } from '../s3-events.ts'

export interface SealFunction {
  readonly ports: SealPorts & FindPorts
  /** The intake bucket as the account calls it: what other buckets say is refused. */
  readonly bucketName: string
  /** Told of each outcome; for logs and, on one machine, to send what was stored on to verify. */
  readonly onSealed?: (outcome: SealOutcome, object: Created) => void | Promise<void>
  readonly onError: (messageId: string, error: unknown) => void
  /** On one machine the host that delivers knows why an attempt ended; SQS does not. */
  readonly outages?: Outages
}

export function sealHandler({
  ports,
  bucketName,
  onSealed,
  onError,
  outages,
}: SealFunction): (event: unknown, invocation?: Invocation) => Promise<BatchResponse> {
  return async (event, invocation) => {
    try {
      return await forEachCreated(
        event,
        bucketName,
        async (object, deaths) => {
          for (const arrival of await arrivalsOf(ports, object)) {
            const limits = invocation && limitsWithin(invocation.getRemainingTimeInMillis(), ports.limits)
            const outcome = await seal({ ...ports, ...(limits && { limits }) }, { ...arrival, deaths })
            await onSealed?.(outcome, object)
          }
        },
        onError,
        outages,
      )
    } finally {
      await ports.events.flush()
    }
  }
}
