/**
 * Whether the keys open what is sealed under them now: a data key of nothing is wrapped for the current generation and
 * unwrapped again, at both levels, by the services that sealing and opening ask. Nothing is stored.
 */
import type { Binding } from '../keys/context.ts'
import { equal } from '../keys/encoding.ts'
import { makeEnvelope, openEnvelope, parseEnvelope } from '../keys/envelope.ts'
import type { Keyring } from '../keys/wrap.ts'
import { AuthenticationFailed, type DataKeys, type KemPublicKeys, type Primitives } from '../platform/ports.ts'

export interface TryPorts {
  readonly primitives: Primitives
  readonly keyring: Keyring
  readonly kem: KemPublicKeys
  readonly dataKeys: DataKeys
}

/** No object has it: contexts are logged, and by this one whoever reads them tells a trial from an object. */
const SUITE_OF_NOTHING = 0

/** @throws AuthenticationFailed when what was wrapped does not open; Unavailable */
export async function tryKeys({ primitives, keyring, kem, dataKeys }: TryPorts): Promise<void> {
  for (const level of [768, 1024] as const) {
    const binding: Binding = {
      stackId: keyring.stackId,
      objectId: primitives.random(16),
      suite: SUITE_OF_NOTHING,
      facts: new Uint8Array(),
    }
    const [dek, headHash] = [primitives.random(32), primitives.random(64)]
    const recipient = { kem: await kem.current(level), dataKeys }
    const envelope = await makeEnvelope(primitives, [recipient], binding, headHash, dek)
    const again = await openEnvelope(primitives, keyring, level, binding, headHash, parseEnvelope(envelope, level))
    if (!equal(dek, again)) throw new AuthenticationFailed()
  }
}
