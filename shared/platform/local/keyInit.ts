/** Making a deployment's keys, all or none of them, and only after what was made has opened what it sealed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kemPrivateKey, kemPublicKeyOf, LEVELS } from '../mlkem.ts'
import { type Clock, type KemLevel, type Primitives, Unavailable } from '../ports.ts'
import { ensureDeployment, homeLayout, readDeployment } from './deployment.ts'
import { ifPresent, onDisk, publishFile } from './disk.ts'
import {
  currentGeneration,
  dataKeyFile,
  INDEX_KEY,
  type KemGeneration,
  keyFileNames,
  linkKeyFile,
  linkKeyIds,
  MANIFEST,
  manifestText,
  needKeyFile,
  publicKeyFile,
  readManifest,
  SYMMETRIC_BYTES,
  seedFile,
} from './keyFiles.ts'
import { makeGeneration, tryGeneration } from './keyGeneration.ts'
import { dataKeyId } from './keyService.ts'
import { KeysExist, publishKeys } from './staging.ts'

/** What is held, without any secret. */
export interface KeyList {
  readonly stackId: string
  /** Key id of the generation that seals. */
  readonly current: string
  readonly generations: readonly KemGeneration[]
  /** Of the generation that seals; empty when the manifest names none. */
  readonly dataKeyId: string
  /** Of every generation, retired ones too. */
  readonly dataKeyIds: readonly string[]
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
  const idOf = async ({ generation, dataKeyId: known }: KemGeneration) =>
    known ?? dataKeyId(await needKeyFile(folder, dataKeyFile(generation)))
  const { current, generations } = manifest
  const sealing = generations.find(({ keyId }) => keyId === current)
  return {
    stackId: deployment.stackId,
    ...{ current, generations },
    dataKeyId: sealing === undefined ? '' : await idOf(sealing),
    dataKeyIds: await Promise.all(generations.map(idOf)),
    linkKids: await linkKeyIds(folder),
  }
}

/**
 * Makes every key of a new deployment. They are written beside `keys/`, tried (encapsulated to by `primitives.kem`,
 * decapsulated by node:crypto), and appear by one rename: of two processes, one makes them and the other gets KeysExist.
 * @throws KeysExist, Unavailable
 */
export async function initKeys(home: string, primitives: Primitives, clock: Clock): Promise<KeyList> {
  if ((await keyFileNames(homeLayout(home).keys)).length > 0) throw new KeysExist()
  await ensureDeployment(home, clock)
  await publishKeys(home, async (folder) => {
    for (const name of [INDEX_KEY, linkKeyFile(0)]) {
      await publishFile(join(folder, name), primitives.random(SYMMETRIC_BYTES), 'create')
    }
    const generation = await makeGeneration(folder, 1, primitives, clock)
    const manifest = { current: generation.keyId, generations: [generation] }
    await publishFile(join(folder, MANIFEST), manifestText(manifest), 'create')
  })
  const list = await listKeys(home)
  if (list === undefined) throw new Unavailable('the keys were made but are gone: look at keys/')
  return list
}

/**
 * Derives the pinned public keys of the generation that seals from its seed again, and mends those that differ, are
 * damaged or gone: what `doctor` advises when uploads fail verification because a wrong public key is pinned.
 * @returns the levels that were mended, each of which then opened what it sealed. @throws Unavailable
 */
export async function pinPublicKeys(home: string, primitives: Primitives): Promise<readonly KemLevel[]> {
  const folder = homeLayout(home).keys
  const { generation } = await currentGeneration(folder)
  const seed = await needKeyFile(folder, seedFile(generation))
  const mended: KemLevel[] = []
  for (const level of LEVELS) {
    const name = publicKeyFile(generation, level)
    const publicKey = kemPublicKeyOf(kemPrivateKey(seed, level), level)
    const pinned = await onDisk(`reading keys/${name}`, () => ifPresent(() => readFile(join(folder, name))))
    if (pinned?.equals(publicKey)) continue
    await onDisk(`writing keys/${name}`, () => publishFile(join(folder, name), publicKey, 'replace'))
    await tryGeneration(folder, generation, level, primitives)
    mended.push(level)
  }
  seed.fill(0)
  return mended
}
