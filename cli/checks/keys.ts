/**
 * Whether what is sealed now can be opened: a real round trip through the pinned public key and the private key, because a
 * wrongly pinned public key is silent until somebody needs a picture back.
 */
import { equal } from '../../shared/keys/encoding.ts'
import {
  type DataKeys,
  type KemCustody,
  type KemLevel,
  type KemPublicKeys,
  type KeyService,
  type Primitives,
  type Secrets,
  Unavailable,
} from '../../shared/platform/ports.ts'
import { type Check, ok, problem } from './check.ts'

export interface KeyPorts {
  readonly primitives: Primitives
  readonly kem: KemPublicKeys
  readonly dataKeys: DataKeys
  readonly keyring: {
    readonly custody: KemCustody
    readonly keyService: KeyService
  }
  readonly secrets: Secrets
}

const MEND_PINNED =
  'run safelight keys init: it pins the public key of the private key again; then retry the failed uploads, which are still in intake'
const MEND_RESTORE = 'restore the keys: safelight keys restore FILE'

export async function checkKem({ primitives, kem, keyring }: KeyPorts, level: KemLevel): Promise<Check> {
  const name = `keys-match-${level}`
  const pinned = await kem.current(level)
  const held = await keyring.custody.publicKey(pinned.keyId, level).catch(noneIfMissing)
  if (held === undefined) {
    return problem(
      name,
      `the private key of generation ${pinned.generation} is missing: what is sealed now can't be opened`,
      MEND_RESTORE,
    )
  }
  const { ciphertext, sharedSecret } = primitives.kem.encapsulate(level, pinned.publicKey)
  const back = await keyring.custody.decapsulate(pinned.keyId, level, ciphertext)
  const matches = equal(sharedSecret, back)
  for (const secret of [sharedSecret, back]) secret.fill(0)
  if (matches && equal(held, pinned.publicKey)) {
    return ok(
      name,
      `ML-KEM-${level}: the pinned public key opens with the private key (generation ${pinned.generation})`,
    )
  }
  const detail = `ML-KEM-${level}: the wrong public key is pinned: it does not belong to the private key, so nothing sealed now can be opened and uploads wait in intake`
  return problem(name, detail, MEND_PINNED)
}

/** Where keys were, others would not bring them back: what a missing file says of a new home is not for here. */
function noneIfMissing(error: unknown): undefined {
  if (!(error instanceof Unavailable) || !/\bis missing\b/.test(error.message)) throw error
}

export async function checkDataKeys({ dataKeys, keyring }: KeyPorts): Promise<Check> {
  const context = { purpose: 'safelight-doctor' }
  const { keyId, plaintext, blob } = await dataKeys.generateDataKey(context)
  if (!(await keyring.keyService.allowed()).includes(keyId)) {
    return problem('data-keys', 'data keys come from a key that is not on the allow-list', MEND_RESTORE)
  }
  const back = await keyring.keyService.decrypt(keyId, blob, context)
  const matches = equal(plaintext, back.plaintext)
  for (const secret of [plaintext, back.plaintext]) secret.fill(0)
  return matches
    ? ok('data-keys', 'a fresh data key unwraps again')
    : problem('data-keys', 'a fresh data key does not unwrap', MEND_RESTORE)
}

export async function checkSecrets({ secrets }: KeyPorts): Promise<Check> {
  const [link, index] = [await secrets.linkKey(), await secrets.indexKey()]
  if (link?.key.length === 32 && index.length >= 32) return ok('secrets', 'link key and index key are there')
  return problem('secrets', 'the link key is missing', MEND_RESTORE)
}
