/**
 * What the host and the sealing process say to each other. The sealing process decodes hostile images, so it gets no key:
 * it asks the host for public keys and fresh data keys, and can't ask for anything to be decrypted.
 */
import type { BatchResponse } from '../../functions/s3-events.ts'
import type {
  EncryptionContext,
  KemLevel,
  KemPublicKey,
  ObjectInfo,
  SafelightEvent,
} from '../../shared/platform/ports.ts'

/** What the sealing process is told first. */
export interface SealerSettings {
  readonly objects: string
  readonly models: string
  readonly stackId: string
  readonly policy: unknown
}

/** What it may ask for, and what it is answered. */
export interface SealerCalls {
  current: { readonly ask: KemLevel; readonly answer: KemPublicKey }
  generateDataKey: {
    readonly ask: EncryptionContext
    readonly answer: { readonly keyId: string; readonly plaintext: Uint8Array; readonly blob: Uint8Array }
  }
}
export type CallName = keyof SealerCalls

/** One upload that was sealed, and where. */
export interface SealedUpload {
  readonly upload: string
  readonly stored: ObjectInfo
}

/** Everything that one invocation came to, so that the host can act on all of it before it removes the message. */
export interface SealerResult {
  readonly response: BatchResponse
  readonly sealed: readonly SealedUpload[]
  /** Why a message failed, by message id. */
  readonly reasons: Readonly<Record<string, string>>
}

export type ToSealer =
  | { readonly type: 'settings'; readonly settings: SealerSettings }
  | { readonly type: 'invoke'; readonly id: number; readonly event: unknown }
  | { readonly type: 'answer'; readonly call: number; readonly value: SealerCalls[CallName]['answer'] }
  | { readonly type: 'refusal'; readonly call: number; readonly message: string }

export type FromSealer =
  | { readonly type: 'ready'; readonly problems: readonly string[] }
  | { readonly type: 'call'; readonly call: number; readonly method: 'current'; readonly ask: KemLevel }
  | {
      readonly type: 'call'
      readonly call: number
      readonly method: 'generateDataKey'
      readonly ask: EncryptionContext
    }
  | { readonly type: 'event'; readonly event: SafelightEvent }
  | { readonly type: 'result'; readonly id: number; readonly result: SealerResult }
