/** A new envelope for a sealed object: the same DEK for another recipient, the body untouched (docs/FORMAT.md section 6.3). */
import { type Envelope, makeEnvelope, openEnvelope, parseEnvelope } from '../keys/envelope.ts'
import type { Keyring, Recipient } from '../keys/wrap.ts'
import { AuthenticationFailed, type KemLevel, type Primitives, Unavailable } from '../platform/ports.ts'
import { levelOf } from './facts.ts'
import {
  bindingOf,
  type Expectation,
  expectedEnvelope,
  readHead,
  type SealedHead,
  type SealedSource,
  unwrapDataKey,
} from './open.ts'

export interface InUse {
  readonly head: SealedHead
  /** Whose records say which keys the object needs. */
  readonly envelope: Envelope
  readonly level: KemLevel
}

/** The envelope that opens this object, by its form alone: no key is used. @throws AuthenticationFailed, Unavailable */
export async function envelopeInUse(
  primitives: Primitives,
  source: SealedSource,
  expected: Expectation,
): Promise<InUse> {
  const head = await readHead(primitives, source)
  return { head, envelope: expectedEnvelope(head, expected), level: levelOf(head.header.facts.suite) }
}

/**
 * Bytes of an envelope of this generation for this recipient. It has been opened with the keys held here before it is
 * handed out: one that nobody could open would be found when the old keys are gone.
 * @throws AuthenticationFailed when the envelope in use doesn't verify; Unavailable
 */
export async function rewrapEnvelope(
  primitives: Primitives,
  keyring: Keyring,
  { head, envelope, level }: InUse,
  recipient: Recipient,
  generation: number,
): Promise<Uint8Array> {
  const { header } = head
  const dek = await unwrapDataKey(primitives, keyring, header, envelope)
  const binding = bindingOf(header, keyring)
  const headHash = primitives.sha512(header.h0)
  const bytes = await makeEnvelope(primitives, [recipient], binding, headHash, dek, generation)
  try {
    const again = await openEnvelope(primitives, keyring, level, binding, headHash, parseEnvelope(bytes, level))
    again.fill(0)
  } catch (error) {
    if (!(error instanceof AuthenticationFailed)) throw error
    throw new Unavailable('a new envelope does not open with the keys held here: `safelight doctor` says why')
  } finally {
    dek.fill(0)
  }
  return bytes
}
