/**
 * What the host and the sealing process say to each other. The sealing process decodes hostile images, so it gets no key:
 * it asks the host for public keys and fresh data keys, and can't ask for anything to be decrypted.
 */
import type { BatchResponse, Created } from '../../functions/s3-events.ts'
import type { SealOutcome } from '../../shared/flow/seal.ts'
import type { EncryptionContext, KemLevel, SafelightEvent } from '../../shared/platform/ports.ts'

export type ToSealer =
  | { readonly type: 'invoke'; readonly id: number; readonly event: unknown }
  | { readonly type: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly call: number; readonly message: string }

export type FromSealer =
  | { readonly type: 'ready'; readonly problems: readonly string[] }
  | { readonly type: 'call'; readonly call: number; readonly method: 'current'; readonly level: KemLevel }
  | {
      readonly type: 'call'
      readonly call: number
      readonly method: 'generateDataKey'
      readonly context: EncryptionContext
    }
  | { readonly type: 'event'; readonly event: SafelightEvent }
  | { readonly type: 'sealed'; readonly outcome: SealOutcome; readonly object: Created }
  | { readonly type: 'error'; readonly messageId: string; readonly reason: string }
  | { readonly type: 'result'; readonly id: number; readonly response: BatchResponse }

/** What the sealing process is started with. */
export interface SealerSettings {
  readonly objects: string
  readonly models: string
  readonly stackId: string
  readonly policy: unknown
}
