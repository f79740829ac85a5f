/** The verify function: stored objects in by SQS, partial batch response out. No address, no decoder. */
import { type VerifyOutcome, type VerifyPorts, verify } from '../../shared/flow/verify.ts'
import { type BatchResponse, type Created, forEachCreated } from '../s3-events.ts'

export interface VerifyFunction {
  readonly ports: VerifyPorts
  readonly onVerified?: (outcome: VerifyOutcome, object: Created) => void
  readonly onError: (messageId: string, error: unknown) => void
}

export function verifyHandler({
  ports,
  onVerified,
  onError,
}: VerifyFunction): (event: unknown) => Promise<BatchResponse> {
  return (event) =>
    forEachCreated(
      event,
      async (object) => {
        const outcome = await verify(ports, object.key, object.versionId)
        onVerified?.(outcome, object)
      },
      onError,
    )
}
