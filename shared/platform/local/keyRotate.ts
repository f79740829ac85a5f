/**
 * Generations come and go: `rotateKeys` makes the next one and lets it seal, `setRetired` disables an older one. Both
 * take effect at once in every process, because sealing and opening read the manifest on each use. Nothing is deleted.
 */
import { join } from 'node:path'
import { type Clock, type Primitives, Unavailable } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { onDisk, publishFile } from './disk.ts'
import {
  type KemGeneration,
  type KemManifest,
  linkKeyFile,
  linkKeyIds,
  MANIFEST,
  manifestText,
  readManifest,
  SYMMETRIC_BYTES,
} from './keyFiles.ts'
import { makeGeneration } from './keyGeneration.ts'
import { withLock } from './lock.ts'

/** The number names no generation, or the one that seals; nothing was changed. */
export class RotationRefused extends Error {
  override readonly name = 'RotationRefused'
}

export interface Rotation {
  readonly made: KemGeneration
  /** Undefined when all 256 link keys are used up: the last one goes on signing. */
  readonly linkKid: number | undefined
}

/** Reads the manifest, and writes what `work` makes of it, with nobody else doing so. @throws Unavailable */
export async function changeManifest<T>(
  home: string,
  work: (folder: string, manifest: KemManifest) => Promise<{ readonly manifest: KemManifest; readonly result: T }>,
): Promise<T> {
  const { keys, keysLock } = homeLayout(home)
  if ((await readManifest(keys)) === undefined) {
    throw new Unavailable('there are no keys yet: run `safelight keys init`')
  }
  return withLock(keysLock, async () => {
    const before = await readManifest(keys)
    if (before === undefined) throw new Unavailable('keys/kem.json is gone: run `safelight keys restore`')
    const { manifest, result } = await onDisk('changing keys', () => work(keys, before))
    await onDisk('changing keys', () => publishFile(join(keys, MANIFEST), manifestText(manifest), 'replace'))
    return result
  })
}

/**
 * A new seed, data key and link key. The seed has opened what its public keys sealed before the manifest makes it the
 * current one; killed before that, the next rotation goes on with the same files. @throws Unavailable
 */
export function rotateKeys(home: string, primitives: Primitives, clock: Clock): Promise<Rotation> {
  return changeManifest(home, async (folder, { generations }) => {
    const next = Math.max(0, ...generations.map(({ generation }) => generation)) + 1
    const made = await makeGeneration(folder, next, primitives, clock)
    const linkKid = ((await linkKeyIds(folder)).at(-1) ?? -1) + 1
    const free = linkKid <= 255
    if (free) await publishFile(join(folder, linkKeyFile(linkKid)), primitives.random(SYMMETRIC_BYTES), 'create')
    return {
      manifest: { current: made.keyId, generations: [...generations, made] },
      result: { made, linkKid: free ? linkKid : undefined },
    }
  })
}

/**
 * Whether anything still needs the generation is the caller's to know.
 * @returns false when it was so already. @throws RotationRefused, Unavailable
 */
export function setRetired(home: string, generation: number, retired: boolean): Promise<boolean> {
  return changeManifest(home, async (_, { current, generations }) => {
    const found = generations.find((one) => one.generation === generation)
    if (found === undefined) throw new RotationRefused(`there is no generation ${generation}`)
    if (retired && found.keyId === current) {
      throw new RotationRefused(`generation ${generation} is the one that seals: run \`safelight keys rotate\` first`)
    }
    const state = retired ? 'retired' : 'active'
    const changed = generations.map((one) => (one === found ? { ...one, state } : one) satisfies KemGeneration)
    return { manifest: { current, generations: changed }, result: found.state !== state }
  })
}
