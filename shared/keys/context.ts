/**
 * The KMS encryption context of a wrapped data key, and its bytes as the wrap binds them (docs/FORMAT.md section 6.1).
 */
import type { EncryptionContext } from '../platform/ports.ts'
import { concat, hex, lp, text, u8 } from './encoding.ts'

/** What a context is rebuilt from: configuration and facts, never the envelope alone. */
export interface Binding {
  readonly stackId: string
  /** 16 bytes. */
  readonly objectId: Uint8Array
  readonly suite: number
  /** The facts as they stand in the object. */
  readonly facts: Uint8Array
}

/** Four entries. No name and no label ever: AWS logs contexts in the clear. */
export function contextOf(binding: Binding, kemKeyId: string): EncryptionContext {
  return { kem: kemKeyId, object: hex(binding.objectId), stack: binding.stackId, suite: String(binding.suite) }
}

/**
 * `u8 n || lp(k) || lp(v) ...`, sorted bytewise by key (keys are ASCII, where that is code unit order).
 * @throws RangeError for text that has no UTF-8 form, which could otherwise meet another context's bytes
 */
export function contextBytes(context: EncryptionContext): Uint8Array {
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))
  if (!entries.flat().every((word) => word.isWellFormed()))
    throw new RangeError('an encryption context is well-formed text')
  return concat(u8(entries.length), ...entries.flatMap(([key, value]) => [lp(text(key)), lp(text(value))]))
}
