/** Making a deployment's keys, all or none of them, and only after what was made has opened what it sealed. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type KemLevel, type Primitives, Unavailable } from '../ports.ts'
import { ensureDeployment, homeLayout, readDeployment } from './deployment.ts'
import { errnoOf, ifPresent, makeFolder, onDisk, PRIVATE_FOLDER, publishFile, syncFolder } from './disk.ts'
import { kemDecapsulate, kemPrivateKey, kemPublicKeyOf } from './kem.ts'
import {
  DATA_KEY,
  INDEX_KEY,
  type KemGeneration,
  linkKeyFile,
  linkKeyIds,
  MANIFEST,
  needKeyFile,
  publicKeyFile,
  readKeyFile,
  readManifest,
  SEED_BYTES,
  SYMMETRIC_BYTES,
  seedFile,
} from './keyFiles.ts'
import { dataKeyId } from './keyService.ts'

const LEVELS: readonly KemLevel[] = [768, 1024]

/** There are keys already, and they stay. */
export class KeysExist extends Error {
  override readonly name = 'KeysExist'
  constructor() {
    super(
      'this home has keys already; `safelight keys list` shows them, `safelight keys rotate` makes a new generation',
    )
  }
}

/** What is held, without any secret. */
export interface KeyList {
  readonly stackId: string
  /** Key id of the generation that seals. */
  readonly current: string
  readonly generations: readonly KemGeneration[]
  readonly dataKeyId: string
  /** Key ids of the link keys; the last one signs. */
  readonly linkKids: readonly number[]
}

/** Undefined when there are no keys. @throws Unavailable when they can't be read */
export async function listKeys(home: string): Promise<KeyList | undefined> {
  const folder = homeLayout(home).keys
  const manifest = await readManifest(folder)
  if (manifest === undefined) return undefined
  const deployment = await readDeployment(home)
  if (deployment === undefined) {
    throw new Unavailable(
      'config.json is missing: restore it from a backup of the home, or with `safelight keys restore`',
    )
  }
  const key = await needKeyFile(folder, DATA_KEY)
  return { stackId: deployment.stackId, ...manifest, dataKeyId: dataKeyId(key), linkKids: await linkKeyIds(folder) }
}

/**
 * Makes every key of a new deployment. They are written beside `keys/`, tried (encapsulated to by `primitives.kem`,
 * decapsulated by node:crypto), and appear by one rename: of two processes, one makes them and the other gets KeysExist.
 * @throws KeysExist, Unavailable
 */
export async function initKeys(home: string, primitives: Primitives, clock: Clock): Promise<KeyList> {
  const { keys } = homeLayout(home)
  const existing = await onDisk('reading keys/', () => ifPresent(() => readdir(keys)))
  if (existing !== undefined && existing.length > 0) throw new KeysExist()
  await ensureDeployment(home, clock)

  const staging = join(home, `keys.new-${randomBytes(8).toString('hex')}`)
  try {
    await onDisk('making keys', async () => {
      await makeFolder(home)
      await mkdir(staging, { mode: PRIVATE_FOLDER })
      for (const name of [DATA_KEY, INDEX_KEY, linkKeyFile(0)]) {
        await publishFile(join(staging, name), primitives.random(SYMMETRIC_BYTES), 'create')
      }
      const generation = await makeGeneration(staging, 1, primitives, clock)
      const manifest = { current: generation.keyId, generations: [generation] }
      await publishFile(join(staging, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, 'create')
      await publishFolder(staging, keys)
      await syncFolder(home)
    })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  const list = await listKeys(home)
  if (list === undefined) throw new Unavailable('the keys were made but are gone: look at keys/')
  return list
}

/** Writes a generation's seed and public keys, then tries what is on the disk. */
async function makeGeneration(
  folder: string,
  generation: number,
  primitives: Primitives,
  clock: Clock,
): Promise<KemGeneration> {
  const seed = primitives.random(SEED_BYTES)
  await publishFile(join(folder, seedFile(generation)), seed, 'create')
  for (const level of LEVELS) {
    const publicKey = kemPublicKeyOf(kemPrivateKey(seed, level), level)
    await publishFile(join(folder, publicKeyFile(generation, level)), publicKey, 'create')
  }
  seed.fill(0)
  for (const level of LEVELS) await tryGeneration(folder, generation, level, primitives)
  const pinned = await needKeyFile(folder, publicKeyFile(generation, 1024))
  const hash = createHash('sha256').update('safelight/local/kem-key-id\0').update(pinned).digest('hex').slice(0, 8)
  const keyId = `local/kem-${String(generation).padStart(4, '0')}-${hash}`
  return { keyId, generation, created: clock.now(), state: 'active' }
}

/** @throws Unavailable unless the seed opens what the pinned public key sealed, both as they lie on the disk */
async function tryGeneration(
  folder: string,
  generation: number,
  level: KemLevel,
  primitives: Primitives,
): Promise<void> {
  const publicKey = await readKeyFile(folder, publicKeyFile(generation, level))
  const seed = await readKeyFile(folder, seedFile(generation))
  if (publicKey !== undefined && seed !== undefined) {
    const { ciphertext, sharedSecret } = primitives.kem.encapsulate(level, publicKey)
    const opened = kemDecapsulate(kemPrivateKey(seed, level), level, ciphertext)
    if (Buffer.from(opened).equals(sharedSecret)) return
  }
  throw new Unavailable(`the new ML-KEM-${level} key does not open what it sealed, so no key was published`)
}

/**
 * Derives the pinned public keys from the seeds again and mends those that differ or are gone: what `doctor` advises
 * when uploads fail verification because a wrong public key is pinned.
 * @returns the names of the files that were mended. @throws Unavailable when a seed is missing
 */
export async function pinPublicKeys(home: string, primitives: Primitives): Promise<readonly string[]> {
  const folder = homeLayout(home).keys
  const mended: string[] = []
  for (const { generation } of (await readManifest(folder))?.generations ?? []) {
    const seed = await needKeyFile(folder, seedFile(generation))
    for (const level of LEVELS) {
      const name = publicKeyFile(generation, level)
      const publicKey = kemPublicKeyOf(kemPrivateKey(seed, level), level)
      const pinned = await onDisk(`reading keys/${name}`, () => ifPresent(() => readFile(join(folder, name))))
      if (pinned?.equals(publicKey)) continue
      await onDisk(`writing keys/${name}`, () => publishFile(join(folder, name), publicKey, 'replace'))
      await tryGeneration(folder, generation, level, primitives)
      mended.push(name)
    }
    seed.fill(0)
  }
  return mended
}

/** @throws KeysExist when somebody else was first */
export async function publishFolder(staging: string, keys: string): Promise<void> {
  try {
    await syncFolder(staging)
    await rename(staging, keys)
  } catch (error) {
    const code = errnoOf(error)
    throw code === 'ENOTEMPTY' || code === 'EEXIST' ? new KeysExist() : error
  }
}
