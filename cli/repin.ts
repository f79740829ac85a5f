/** Puts the public keys that belong to the private key back where sealing reads them, when others stand there. */
import { join } from 'node:path'
import { equal } from '../shared/keys/encoding.ts'
import { homeLayout } from '../shared/platform/local/deployment.ts'
import { publishFile } from '../shared/platform/local/disk.ts'
import { publicKeyFile } from '../shared/platform/local/keyFiles.ts'
import { type KeyList, openKemCustody, openKemPublicKeys } from '../shared/platform/local/keys.ts'
import { type KemLevel, Unavailable } from '../shared/platform/ports.ts'

const LEVELS: readonly KemLevel[] = [768, 1024]

/** @returns the levels whose pinned key was wrong, damaged or gone, and now is right. @throws Unavailable */
export async function repin(home: string, list: KeyList): Promise<readonly KemLevel[]> {
  const custody = openKemCustody(home)
  const pinnedKeys = openKemPublicKeys(home)
  const current = list.generations.find(({ keyId }) => keyId === list.current)
  const mended: KemLevel[] = []
  for (const level of LEVELS) {
    const held = await custody.publicKey(list.current, level)
    if (held === undefined || current === undefined)
      throw new Unavailable('the private key of this generation is not here')
    const pinned = await pinnedKeys.current(level).catch(() => undefined)
    if (pinned !== undefined && equal(pinned.publicKey, held)) continue
    await publishFile(join(homeLayout(home).keys, publicKeyFile(current.generation, level)), held, 'replace')
    mended.push(level)
  }
  return mended
}
