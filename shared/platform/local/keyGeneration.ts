/** One generation of keys: a seed, its public keys and a data key, tried as they lie on the disk before anybody uses them. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf, LEVELS, SEED_BYTES } from '../mlkem.ts'
import { type Clock, type KemLevel, type Primitives, Unavailable } from '../ports.ts'
import { publishFile } from './disk.ts'
import { dataKeyFile, type KemGeneration, needKeyFile, publicKeyFile, SYMMETRIC_BYTES, seedFile } from './keyFiles.ts'
import { dataKeyId } from './keyService.ts'

/**
 * Writes a generation's files into `folder`, and tries them. Secrets that are there already, from a run that was killed
 * before the manifest named them, are taken as they are: nothing was ever sealed under them.
 * @throws Unavailable unless the seed opens what the public keys sealed
 */
export async function makeGeneration(
  folder: string,
  generation: number,
  primitives: Primitives,
  clock: Clock,
): Promise<KemGeneration> {
  await publishFile(join(folder, seedFile(generation)), primitives.random(SEED_BYTES), 'create')
  await publishFile(join(folder, dataKeyFile(generation)), primitives.random(SYMMETRIC_BYTES), 'create')
  const seed = await needKeyFile(folder, seedFile(generation))
  for (const level of LEVELS) {
    const publicKey = kemPublicKeyOf(kemPrivateKey(seed, level), level)
    await publishFile(join(folder, publicKeyFile(generation, level)), publicKey, 'replace')
  }
  seed.fill(0)
  for (const level of LEVELS) await tryGeneration(folder, generation, level, primitives)
  const pinned = await needKeyFile(folder, publicKeyFile(generation, 1024))
  const hash = createHash('sha256').update('safelight/local/kem-key-id\0').update(pinned).digest('hex').slice(0, 8)
  return {
    keyId: `local/kem-${String(generation).padStart(4, '0')}-${hash}`,
    generation,
    created: clock.now(),
    state: 'active',
    dataKeyId: dataKeyId(await needKeyFile(folder, dataKeyFile(generation))),
  }
}

/** @throws Unavailable unless the seed opens what the pinned public key sealed, both as they lie on the disk */
export async function tryGeneration(
  folder: string,
  generation: number,
  level: KemLevel,
  primitives: Primitives,
): Promise<void> {
  const publicKey = await needKeyFile(folder, publicKeyFile(generation, level))
  const seed = await needKeyFile(folder, seedFile(generation))
  const { ciphertext, sharedSecret } = primitives.kem.encapsulate(level, publicKey)
  const opened = kemDecapsulate(kemPrivateKey(seed, level), level, ciphertext)
  seed.fill(0)
  if (Buffer.from(opened).equals(sharedSecret)) return
  throw new Unavailable(`the new ML-KEM-${level} key does not open what it sealed, so no key was published`)
}
