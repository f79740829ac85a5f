/**
 * One generation's ML-KEM keys, brought to be and tried: a fresh seed in its own secret, or two KMS keys that the
 * deployment made. What was stored is read back, and has opened what its public keys sealed, before anybody pins them.
 */
import { createHash } from 'node:crypto'
import { equal } from '../../keys/encoding.ts'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf, LEVELS, SEED_BYTES } from '../mlkem.ts'
import { type KemLevel, type Primitives, Unavailable } from '../ports.ts'
import { inRegion } from './keyService.ts'
import type { Generation } from './keyTable.ts'
import { openKmsKem } from './kmsCustody.ts'
import { openSecretStore } from './secretValue.ts'
import { readSeed, seedName } from './seedCustody.ts'
import type { AwsSettings } from './settings.ts'

export type KemOrigin =
  | {
      readonly custody: 'seed'
      readonly seedPrefix: string
      readonly seedKeyArn: string
      /** Where each seed is replicated to, under the replica of the seed key there. */
      readonly replicaRegion?: string | undefined
    }
  /** Whoever operates the stack made two KMS keys for the generation, under the aliases of `kemAlias`. */
  | { readonly custody: 'kms'; readonly seedPrefix: string }

/** What the register says of a generation's ML-KEM keys. */
export type KemPins = Pick<
  Generation,
  'keyId' | 'custody' | 'publicKey768' | 'publicKey1024' | 'kemKeyArn768' | 'kemKeyArn1024'
>

/** Where a generation's private keys are, whatever is done with new ones. */
export type KemHome = Pick<KemOrigin, 'custody' | 'seedPrefix'>

type Decapsulate = (level: KemLevel, ciphertext: Uint8Array) => Promise<Uint8Array>

/** Makes the seed where there is none; whoever made it first, all go on with the same one. @throws Unavailable */
export async function makeSeed(
  origin: Extract<KemOrigin, { custody: 'seed' }>,
  generation: number,
  primitives: Primitives,
  settings: AwsSettings,
): Promise<void> {
  const store = openSecretStore(settings)
  const name = seedName(origin.seedPrefix, generation)
  if ((await store.read(name)) === undefined) {
    const seed = primitives.random(SEED_BYTES)
    await store.make(name, seed, origin.seedKeyArn)
    seed.fill(0)
  }
  await replicateSeed(origin, generation, settings)
}

/** Before anything is sealed under it: a region that is lost with the only copy loses pictures. @throws Unavailable */
export async function replicateSeed(origin: KemOrigin, generation: number, settings: AwsSettings): Promise<void> {
  if (origin.custody !== 'seed' || origin.replicaRegion === undefined) return
  const { seedPrefix, seedKeyArn, replicaRegion } = origin
  const key = inRegion(seedKeyArn, replicaRegion)
  await openSecretStore(settings).replicate(seedName(seedPrefix, generation), replicaRegion, key)
}

/** What is there, tried on both levels. @throws Unavailable unless it opens what its public keys sealed */
export async function tryKem(
  home: KemHome,
  generation: number,
  primitives: Primitives,
  settings: AwsSettings,
): Promise<KemPins> {
  return home.custody === 'seed'
    ? trySeed(await readSeed(openSecretStore(settings), home.seedPrefix, generation), generation, primitives)
    : tryKms(home.seedPrefix, generation, primitives, settings)
}

async function trySeed(seed: Uint8Array, generation: number, primitives: Primitives): Promise<KemPins> {
  const [small, large] = [kemPrivateKey(seed, 768), kemPrivateKey(seed, 1024)]
  seed.fill(0)
  const publicKeys = { 768: kemPublicKeyOf(small, 768), 1024: kemPublicKeyOf(large, 1024) }
  const keys = { 768: small, 1024: large }
  await roundTrip(publicKeys, async (level, sealed) => kemDecapsulate(keys[level], level, sealed), primitives)
  return { ...pins(generation, publicKeys), custody: 'seed' }
}

export const kemAlias = (prefix: string, generation: number, level: KemLevel) =>
  `alias/${prefix}/${generation}/${level}`

async function tryKms(
  prefix: string,
  generation: number,
  primitives: Primitives,
  settings: AwsSettings,
): Promise<KemPins> {
  const kem = openKmsKem(settings)
  const small = await kem.publicKey(kemAlias(prefix, generation, 768), 768)
  const large = await kem.publicKey(kemAlias(prefix, generation, 1024), 1024)
  const arns = { 768: small.arn, 1024: large.arn }
  const publicKeys = { 768: small.publicKey, 1024: large.publicKey }
  await roundTrip(publicKeys, (level, sealed) => kem.decapsulate(arns[level], level, sealed), primitives)
  return { ...pins(generation, publicKeys), custody: 'kms', kemKeyArn768: small.arn, kemKeyArn1024: large.arn }
}

async function roundTrip(
  publicKeys: Readonly<Record<KemLevel, Uint8Array>>,
  decapsulate: Decapsulate,
  primitives: Primitives,
): Promise<void> {
  for (const level of LEVELS) {
    const { ciphertext, sharedSecret } = primitives.kem.encapsulate(level, publicKeys[level])
    const opened = await decapsulate(level, ciphertext)
    const same = equal(opened, sharedSecret)
    for (const secret of [opened, sharedSecret]) secret.fill(0)
    if (!same) {
      throw new Unavailable(`the ML-KEM-${level} key does not open what it sealed, so no key was published`)
    }
  }
}

/** The id follows from the keys, so that a register that was lost comes back as it was. */
function pins(generation: number, publicKeys: Readonly<Record<KemLevel, Uint8Array>>) {
  const hash = createHash('sha256').update('safelight/aws/kem-key-id\0').update(publicKeys[1024]).digest('hex')
  return {
    keyId: `aws/kem-${String(generation).padStart(4, '0')}-${hash.slice(0, 8)}`,
    publicKey768: publicKeys[768],
    publicKey1024: publicKeys[1024],
  }
}
