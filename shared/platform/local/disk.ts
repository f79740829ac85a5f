/** How the local providers touch the disk: durable and private writes, and errors that say what to do about them. */
import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Unavailable } from '../ports.ts'
import { makeFolders, PRIVATE_FOLDER } from './folders.ts'

export const PRIVATE_FILE = 0o600
export { PRIVATE_FOLDER }

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, then try again',
  EDQUOT: 'the disk quota is used up: free some space or raise the quota, then try again',
  EFBIG: 'a file would be larger than this process may write: raise the limit (ulimit -f), then try again',
  EACCES: 'permission denied: run as the owner of the Safelight home, or give it back with chown and chmod u+rwX',
  EPERM: 'permission denied: run as the owner of the Safelight home, or give it back with chown and chmod u+rwX',
  ERR_ACCESS_DENIED: 'permission denied to the sealing process: give the Safelight home back to the user who runs it',
  EROFS: 'the file system is read-only: remount it writable, or point SAFELIGHT_HOME elsewhere',
  EMFILE: 'too many files are open: raise the limit (ulimit -n), then try again',
  ENFILE: 'too many files are open on this machine: close some, then try again',
  EIO: 'the disk reports a fault: check the disk, then restore from a backup if files are lost',
  ENOTDIR: 'a file lies where a folder is expected in the Safelight home: move it away',
  EISDIR: 'a folder lies where a file is expected in the Safelight home: move it away',
}

/** The errno name of a failed system call, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The border's error for a failed system call; paths stay out of it. */
export function unavailable(what: string, error: unknown): Unavailable {
  const code = errnoOf(error) ?? 'unknown'
  return new Unavailable(`${what}: ${ADVICE[code] ?? 'the disk refused'} (${code})`)
}

/** Runs system calls. @throws Unavailable for a failed one; other errors pass as they are. */
export async function onDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = errnoOf(error)
    throw code !== undefined && /^E[A-Z0-9]+$/.test(code) ? unavailable(what, error) : error
  }
}

/** Runs system calls that may meet a missing file: undefined then. */
export async function ifPresent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Makes entries of this folder survive a power cut. A folder that is gone has none to keep. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await ifPresent(() => open(folder, 'r'))
  if (handle === undefined) return
  try {
    await handle.sync()
  } catch (error) {
    // Some file systems can't sync folders and say EINVAL; there is nothing more to do on those.
    if (errnoOf(error) !== 'EINVAL') throw error
  } finally {
    await handle.close()
  }
}

/** A folder only its owner may enter, made with its parents and durable. */
export async function makeFolder(folder: string): Promise<void> {
  const highest = await makeFolders(folder)
  if (highest === undefined) return
  const stop = dirname(highest)
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    await syncFolder(parent)
    if (parent === stop || parent === dirname(parent)) return
  }
}

/**
 * Publishes a small private file whole or not at all.
 * @param mode `replace` takes the place of an older one; `create` gives exactly one of several writers the name.
 * @returns false when `create` found the name taken.
 */
export async function publishFile(
  file: string,
  bytes: Uint8Array | string,
  mode: 'replace' | 'create',
): Promise<boolean> {
  const temporary = join(dirname(file), `.new-${randomBytes(12).toString('hex')}`)
  try {
    const handle = await open(temporary, 'wx', PRIVATE_FILE)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (mode === 'replace') await rename(temporary, file)
    else await link(temporary, file)
    await syncFolder(dirname(file))
    return true
  } catch (error) {
    if (mode === 'create' && errnoOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}
