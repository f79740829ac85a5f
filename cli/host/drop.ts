/**
 * The drop folder: a file put there goes into intake and is erased from the folder once it is safely there. Taking is a
 * rename, so that a crash at any point leaves the file in one of two places that the next start looks at, under one key.
 */
import { createReadStream, type FSWatcher, watch } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Primitives } from '../../shared/platform/ports.ts'
import { codeOf } from '../errors.ts'
import { newUploadKey } from './arrivals.ts'
import { reasonOf } from './reasons.ts'

export interface DropPorts {
  readonly folder: string
  readonly primitives: Primitives
  /** Puts it into intake under this key; putting the same key twice is one upload. */
  readonly receive: (key: string, body: AsyncIterable<Uint8Array>, fileName: string) => Promise<unknown>
  readonly log: (line: Readonly<Record<string, string | number>>) => void
}

export interface DropFolder {
  stop(): Promise<void>
}

/** A file is taken when it stood still this long: copying into the folder takes time. */
const SETTLE_MS = 700
const POLL_MS = 350
const REST_MS = 10_000
const TAKEN = '.taken'

/** What a file looked like at one moment; the same twice means nobody is writing. */
interface Look {
  readonly shape: string
  readonly since: number
}

function watchQuietly(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onChange).on('error', () => {})
  } catch {
    return undefined
  }
}

export async function watchDropFolder(ports: DropPorts): Promise<DropFolder> {
  const taken = join(ports.folder, TAKEN)
  await mkdir(taken, { recursive: true, mode: 0o700 })
  const looks = new Map<string, Look>()
  let stopping = false
  let wake: () => void = () => {}

  async function finish(key: string): Promise<void> {
    const [fileName] = await readdir(join(taken, key))
    if (fileName !== undefined) await ports.receive(key, createReadStream(join(taken, key, fileName)), fileName)
    await rm(join(taken, key), { recursive: true, force: true })
  }

  async function take(fileName: string): Promise<void> {
    const key = newUploadKey(ports.primitives)
    await mkdir(join(taken, key), { mode: 0o700 })
    await rename(join(ports.folder, fileName), join(taken, key, fileName))
    await finish(key)
  }

  async function settled(fileName: string): Promise<boolean> {
    const found = await lstat(join(ports.folder, fileName)).catch(() => undefined)
    // A link could name anything on this machine, and erasing it would not erase what it names.
    if (!found?.isFile()) return false
    const shape = `${found.ino} ${found.size} ${found.mtimeMs}`
    const before = looks.get(fileName)
    const now = Date.now()
    if (before?.shape === shape) return now - before.since >= SETTLE_MS
    looks.set(fileName, { shape, since: now })
    return false
  }

  async function scan(): Promise<void> {
    for (const key of await readdir(taken)) await attempt(key, () => finish(key))
    const names = (await readdir(ports.folder)).filter((name) => !name.startsWith('.'))
    for (const known of looks.keys()) if (!names.includes(known)) looks.delete(known)
    for (const name of names) {
      if (stopping) return
      if (!(await settled(name))) continue
      await attempt(name, () => take(name))
    }
  }

  const resting = new Map<string, number>()

  /** What failed is left in peace for a while: a full disk isn't emptied by asking. */
  async function attempt(what: string, task: () => Promise<void>): Promise<void> {
    if ((resting.get(what) ?? 0) > Date.now()) return
    try {
      await task()
      resting.delete(what)
      looks.delete(what)
    } catch (error) {
      resting.set(what, Date.now() + REST_MS)
      ports.log({ event: 'drop-folder', reason: codeOf(error) ?? reasonOf(error) })
    }
  }

  // The poll is what counts; the watcher only makes it quicker, and isn't there on every file system.
  const watcher = watchQuietly(ports.folder, () => wake())
  const loop = (async () => {
    while (!stopping) {
      await attempt('', scan)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS)
        wake = () => {
          clearTimeout(timer)
          setTimeout(resolve, 50)
        }
      })
    }
  })()

  return {
    async stop() {
      stopping = true
      watcher?.close()
      wake()
      await loop
    },
  }
}
