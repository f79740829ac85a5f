/** Key services that count how often they are used, can be told to fail, and what an envelope is bound to in the tests. */
import type { Binding } from '../../shared/keys/context.ts'
import type { Keyring } from '../../shared/keys/wrap.ts'
import { type KeyService, Unavailable } from '../../shared/platform/ports.ts'
import { keyringOf, TEST_KEYS } from '../support/keyring.ts'
import { pattern } from '../support/memory.ts'

export const BINDING: Binding = { stackId: TEST_KEYS.stack, objectId: pattern(16), suite: 1, facts: pattern(60) }
export const HEAD_HASH = pattern(64, 5)
export const DEK = pattern(32, 9)

export interface CountingKeyring extends Keyring {
  /** `decapsulate KEM-ID` and `decrypt KMS-ID`, in order. */
  readonly used: string[]
}

export function countingKeyring(
  file = TEST_KEYS,
  change: { readonly unavailable?: (use: string) => boolean; readonly decrypt?: KeyService['decrypt'] } = {},
): CountingKeyring {
  const keyring = keyringOf(file)
  const used: string[] = []
  function note(use: string): void {
    used.push(use)
    if (change.unavailable?.(use)) throw new Unavailable('not now')
  }
  return {
    ...keyring,
    used,
    custody: {
      publicKey: keyring.custody.publicKey,
      async decapsulate(keyId, level, ciphertext) {
        note(`decapsulate ${keyId}`)
        return keyring.custody.decapsulate(keyId, level, ciphertext)
      },
    },
    keyService: {
      allowed: keyring.keyService.allowed,
      generateDataKey: keyring.keyService.generateDataKey,
      async decrypt(keyId, blob, context) {
        note(`decrypt ${keyId}`)
        return (change.decrypt ?? keyring.keyService.decrypt)(keyId, blob, context)
      },
    },
  }
}
