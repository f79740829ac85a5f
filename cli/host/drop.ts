/**
 * The drop folder: a file put there is taken at once, by a rename into `.taken`, and erased once it is sealed. A crash at
 * any point leaves it in one of two places that the next start looks at, under one key; a file that can't be sealed
 * stays in `.taken`, under its own name.
 */
import { constants, type FSWatcher, watch } from 'node:fs'
import { lstat, mkdir, open, readdir, readlink, realpath, rename, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { reasonOf } from '../../shared/flow/reasons.ts'
import { equal } from '../../shared/keys/encoding.ts'
import { makeFolders } from '../../shared/platform/local/folders.ts'
import type { Primitives } from '../../shared/platform/ports.ts'
import { codeOf } from '../errors.ts'
import { newUploadKey } from './arrivals.ts'

export interface DropPorts {
  readonly folder: string
  readonly primitives: Primitives
  /**
   * Puts it into intake under this key, once. @returns SHA-256 of what the upload of this key was sealed as, when it is
   * erased from intake; `forgotten` when its owner deleted that since
   */
  readonly receive: (
    key: string,
    body: AsyncIterable<Uint8Array>,
    fileName: string,
  ) => Promise<Uint8Array | 'forgotten' | undefined>
  readonly log: (line: Readonly<Record<string, string | number>>) => void
}

export interface DropFolder {
  /** The upload of this key is sealed: its file can go. */
  sealed(key: string): void
  /** How many entries of the folder can't be taken: links, folders, hidden files, names that aren't UTF-8. */
  passedOver(): number
  stop(): Promise<void>
}

/** A file is taken when it stood still this long, and nobody has it open: copying into the folder takes time. */
const SETTLE_MS = 2_000
const POLL_MS = 350
const REST_MS = 10_000
const TAKEN = '.taken'
const NO_FOLLOW = constants.O_RDONLY | constants.O_NOFOLLOW

/** What a file looked like at one moment; the same twice means nobody is writing. */
interface Look {
  readonly shape: string
  readonly since: number
}

/** A name that isn't UTF-8 comes with U+FFFD in it, and can't be named back. */
function takeable(name: string): boolean {
  return !name.startsWith('.') && !name.includes('\uFFFD')
}

/** Names in this folder that some process of ours has open, where /proc tells (Linux). */
async function openFiles(folder: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const path = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      if (dirname(path) === folder) found.add(basename(path))
    }
  }
  return found
}

/** Opened only when it is read. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  // What lies there was a plain file a moment ago; a link that took its place is not followed.
  const handle = await open(path, NO_FOLLOW)
  yield* handle.createReadStream()
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
  await makeFolders(taken)
  const real = await realpath(ports.folder)
  const looks = new Map<string, Look>()
  /** When to look again at what failed, or isn't sealed yet. */
  const resting = new Map<string, number>()
  let passedOver = 0
  let stopping = false
  let wake: () => void = () => {}

  async function finish(key: string): Promise<void> {
    const [fileName] = await readdir(join(taken, key))
    if (fileName === undefined) {
      await rmdir(join(taken, key))
      return
    }
    const path = join(taken, key, fileName)
    const sealed = await ports.receive(key, bytesOf(path), fileName)
    if (sealed === undefined) resting.set(key, Date.now() + REST_MS)
    else if (sealed === 'forgotten' || equal(await digestOf(path), sealed)) await erase(key, path)
    else await takeAgain(key)
  }

  async function digestOf(path: string): Promise<Uint8Array> {
    const hash = ports.primitives.sha256Stream()
    for await (const part of bytesOf(path)) hash.update(part)
    return hash.digest()
  }

  async function erase(key: string, path: string): Promise<void> {
    await unlink(path)
    await rmdir(join(taken, key))
  }

  /** Somebody went on writing after it was read: what was sealed is a part, and the whole is a new upload. */
  async function takeAgain(key: string): Promise<void> {
    await rename(join(taken, key), join(taken, newUploadKey(ports.primitives)))
    ports.log({ event: 'drop-folder', reason: 'changed-while-sealed', upload: key })
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
    const entries = await readdir(ports.folder, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isFile() && takeable(entry.name)).map(({ name }) => name)
    passedOver = entries.length - names.length - (entries.some(({ name }) => name === TAKEN) ? 1 : 0)
    for (const known of looks.keys()) if (!names.includes(known)) looks.delete(known)
    const ready: string[] = []
    for (const name of names) if (await settled(name)) ready.push(name)
    const inUse = ready.length === 0 ? new Set<string>() : await openFiles(real)
    for (const name of ready) {
      if (stopping) return
      if (!inUse.has(name)) await attempt(name, () => take(name))
    }
  }

  /** What failed is left in peace for a while: a full disk isn't emptied by asking. */
  async function attempt(what: string, task: () => Promise<void>): Promise<void> {
    if ((resting.get(what) ?? 0) > Date.now()) return
    resting.delete(what)
    try {
      await task()
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
    sealed(key) {
      if (resting.delete(key)) wake()
    },
    passedOver: () => passedOver,
    async stop() {
      stopping = true
      watcher?.close()
      wake()
      await loop
    },
  }
}
