/** The verify function: stored objects in by SQS, partial batch response out. No address, no decoder. */
import { type VerifyOutcome, type VerifyPorts, verify } from '../../shared/flow/verify.ts'
import { type BatchResponse, forEachCreated } from '../batch.ts'
import type { Created } from '../s3-events.ts'

export interface VerifyFunction {
  readonly ports: VerifyPorts
  /** The vault's bucket as the account calls it: what other buckets say is refused. */
  readonly bucketName: string
  readonly onVerified?: (outcome: VerifyOutcome, object: Created) => void
  readonly onError: (messageId: string, error: unknown) => void
}

export function verifyHandler({
  ports,
  bucketName,
  onVerified,
  onError,
}: VerifyFunction): (event: unknown) => Promise<BatchResponse> {
  return async (event) => {
    try {
      return await forEachCreated(
        event,
        bucketName,
        async (object) => {
          const outcome = await verify(ports, object.key, object.versionId)
          onVerified?.(outcome, object)
        },
        onError,
      )
    } finally {
      await ports.events.flush()
    }
  }
}
