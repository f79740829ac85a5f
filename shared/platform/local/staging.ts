/** `keys/` appears whole or not at all: written beside, moved by one rename, and what a killed process left is taken away. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Unavailable } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { errnoOf, ifPresent, makeFolder, onDisk, PRIVATE_FOLDER, syncFolder } from './disk.ts'
import { keyFileNames } from './keyFiles.ts'
import { withLock } from './lock.ts'

/** There are keys already, and they stay. */
export class KeysExist extends Error {
  override readonly name = 'KeysExist'
  constructor() {
    super(
      'this home has keys already; `safelight keys list` shows them, `safelight keys rotate` makes a new generation',
    )
  }
}

const STAGING = /^keys\.new-[0-9a-f]{16}$/

/**
 * @param fill writes what `keys/` is to hold into this folder. @throws KeysExist when there are keys; Unavailable
 */
export async function publishKeys(home: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const { keys, keysLock } = homeLayout(home)
  await onDisk('making the home', () => makeFolder(home))
  await withLock(keysLock, () =>
    onDisk('writing keys/', async () => {
      // Whoever holds the lock is the only one who writes such a folder: these are of the dead.
      for (const name of await readdir(home)) {
        if (STAGING.test(name)) await rm(join(home, name), { recursive: true, force: true })
      }
      await refuseOthers(keys)
      const staging = join(home, `keys.new-${randomBytes(8).toString('hex')}`)
      try {
        await mkdir(staging, { mode: PRIVATE_FOLDER })
        await fill(staging)
        await syncFolder(staging)
        await rename(staging, keys)
        await syncFolder(home)
      } catch (error) {
        const code = errnoOf(error)
        throw code === 'ENOTEMPTY' || code === 'EEXIST' ? new KeysExist() : error
      } finally {
        await rm(staging, { recursive: true, force: true })
      }
    }),
  )
}

async function refuseOthers(keys: string): Promise<void> {
  const entries = (await ifPresent(() => readdir(keys))) ?? []
  if (entries.length === 0) return
  if ((await keyFileNames(keys)).length > 0) throw new KeysExist()
  throw new Unavailable(
    `keys/ holds something that is no key (${entries.length} entries): move it away, then try again`,
  )
}
