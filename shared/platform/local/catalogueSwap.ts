/** Putting a rebuilt catalogue in the place of the one that is there, which is kept beside it under another name. */
import { link, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { errnoOf, ifPresent, onDisk, syncFolder } from './disk.ts'

/**
 * Call it with both catalogues closed in every process. Killed midway, the old one or the new one stands there, never
 * none: without one, a server would begin with an empty catalogue.
 * @returns the name under which the old one is kept; undefined when there was none. @throws Unavailable
 */
export async function replaceCatalogue(home: string, clock: Clock): Promise<string | undefined> {
  const { catalogue, rebuiltCatalogue } = homeLayout(home)
  const kept = catalogue.replace(/sqlite$/, `${new Date(clock.now()).toISOString().replace(/[:.]/g, '-')}.sqlite`)
  return onDisk('replacing catalogue.sqlite', async () => {
    // Its write-ahead log must never lie beside another database.
    await ifPresent(() => rename(`${catalogue}-wal`, `${kept}-wal`))
    await rm(`${catalogue}-shm`, { force: true })
    const had = await ifPresent(async () => {
      await linkOrMove(catalogue, kept)
      return true
    })
    await rename(rebuiltCatalogue, catalogue)
    await syncFolder(dirname(catalogue))
    return had === undefined ? undefined : kept
  })
}

/** Not every file system has hard links. */
async function linkOrMove(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error
    await rename(from, to)
  }
}
