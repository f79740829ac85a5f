/** The seal function: uploads in by SQS, partial batch response out. */
import { type SealOutcome, type SealPorts, seal } from '../../shared/flow/seal.ts'
import { type BatchResponse, type Created, forEachCreated } from '../s3-events.ts'

export interface SealFunction {
  readonly ports: SealPorts
  /** Told of each outcome; for logs and, on one machine, to send what was stored on to verify. */
  readonly onSealed?: (outcome: SealOutcome, object: Created) => void | Promise<void>
  readonly onError: (messageId: string, error: unknown) => void
}

async function versionOf(ports: SealPorts, { key, versionId }: Created): Promise<string | undefined> {
  return versionId ?? (await ports.objects.head('intake', key))?.versionId
}

export function sealHandler({ ports, onSealed, onError }: SealFunction): (event: unknown) => Promise<BatchResponse> {
  return (event) =>
    forEachCreated(
      event,
      async (object, deaths) => {
        const versionId = await versionOf(ports, object)
        if (versionId === undefined) return
        const ref = { bucket: 'intake', key: object.key, versionId } as const
        const outcome = await seal(ports, { ref, sequencer: object.sequencer, deaths })
        await onSealed?.(outcome, object)
      },
      onError,
    )
}
