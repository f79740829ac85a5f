/**
 * The Objects port on a file system: two buckets, immutable versions, all-or-nothing puts.
 *
 * A put is spooled to `<bucket>/tmp`, synced, and appears by one rename. With `ifAbsent` it is a folder that appears:
 * rename(2) puts a folder in the place of none or of an empty one, never of a full one, so of two racing writers
 * exactly one wins.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkOpaqueKey } from '../objectRules.ts'
import type { Bucket, ByteRange, Clock, ObjectInfo, Objects, ObjectVersion, ReadableObjects } from '../ports.ts'
import { systemClock } from './clock.ts'
import { errnoOf, ifPresent, makeFolder, onDisk, PRIVATE_FOLDER, syncFolder, unavailable } from './disk.ts'
import { makeFoldersNow } from './folders.ts'
import { DamagedObject, encodeHeader, readBytes, readObjectFile, writeObjectFile } from './objectFile.ts'
import { keyFolder, keysIn, objectsFolder } from './objectPaths.ts'

const BUCKETS: readonly Bucket[] = ['intake', 'vault']
/** 14 hex digits of time in 1/1024 ms, never twice in one process, then 18 of chance. */
const VERSION = /^[0-9a-f]{32}$/
const TICKS = 1024
/** `<chance>.<pid>-<process>`: whose it is, as far as this machine can tell, and the same pid again is another process. */
const TEMPORARY = /^[0-9a-f]{32}\.(\d{1,10})-([0-9a-f]{8})/
const PROCESS = randomBytes(4).toString('hex')

export interface LocalObjects extends Objects {
  /** Removes what crashed puts left behind: at once where their process is gone, else when it is this old. @returns how many */
  sweepTemporary(olderThanMs: number): Promise<number>
}

/** Reads and writes below `root`, whose folders are made when missing. @throws Unavailable */
export function openObjects(root: string, clock: Clock = systemClock): LocalObjects {
  try {
    for (const bucket of BUCKETS) {
      for (const folder of [objectsFolder(root, bucket), temporaryFolder(root, bucket)]) {
        // A process that may only read this bucket can still open the store.
        if (!existsSync(folder)) makeFoldersNow(folder)
      }
    }
  } catch (error) {
    throw unavailable('opening the object store', error)
  }
  let lastTick = 0

  /** An id above those of all versions in this folder, also when the clock was set back. */
  function nextVersion(existing: readonly string[]): string {
    const newest = existing.at(-1)
    lastTick = Math.max(clock.now() * TICKS, lastTick + 1, newest === undefined ? 0 : tickOf(newest) + 1)
    return lastTick.toString(16).padStart(14, '0') + randomBytes(9).toString('hex')
  }

  /** Newest first: ids grow with time. */
  async function* versionsOf(bucket: Bucket, key: string, before?: string): AsyncGenerator<ObjectVersion> {
    const folder = keyFolder(root, bucket, key)
    for (const versionId of (await onDisk('listing objects', () => versionsIn(folder))).reverse()) {
      if (before !== undefined && versionId >= before) continue
      // One damaged file must not hide the others: it is listed, and reading it says what is wrong.
      const info = await describe(root, bucket, key, versionId).catch((error: unknown) => {
        if (!(error instanceof DamagedObject)) throw error
        return { bucket, key, versionId, size: 0, modified: modifiedOf(versionId), metadata: {} }
      })
      if (info !== undefined) yield { bucket, key, versionId, size: info.size, modified: info.modified }
    }
  }

  async function publish(temporary: string, folder: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        await makeFolder(folder)
        const versionId = nextVersion(await versionsIn(folder))
        await rename(temporary, join(folder, versionId))
        await syncFolder(folder)
        // The folder may be another writer's, made and not yet synced.
        await syncFolder(dirname(folder))
        return versionId
      } catch (error) {
        // An erase may remove the emptied folder in between, which also fails a mkdir that finds it first.
        if (errnoOf(error) !== 'ENOENT' || attempt === 100) throw error
      }
    }
  }

  async function publishIfAbsent(temporary: string, folder: string): Promise<string | undefined> {
    const staged = `${temporary}.d`
    try {
      await mkdir(staged, { mode: PRIVATE_FOLDER })
      const versionId = nextVersion([])
      await rename(temporary, join(staged, versionId))
      await syncFolder(staged)
      await makeFolder(dirname(folder))
      await rename(staged, folder)
      await syncFolder(dirname(folder))
      return versionId
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return undefined
      throw error
    } finally {
      await rm(staged, { force: true, recursive: true })
    }
  }

  return {
    ...openReadableObjects(root),

    async put(bucket, key, body, options = {}) {
      checkOpaqueKey(key)
      const metadata = { ...options.metadata }
      const header = encodeHeader(key, metadata)
      const folder = keyFolder(root, bucket, key)
      const { ifAbsent = false } = options
      if (ifAbsent && (await onDisk('storing an object', () => versionsIn(folder))).length > 0) return undefined

      const temporary = join(temporaryFolder(root, bucket), temporaryName())
      try {
        const size = await writeObjectFile(temporary, header, body)
        if (size !== (options.size ?? size)) throw new RangeError('the body is not of the size that was announced')
        const versionId = await onDisk('storing an object', () =>
          ifAbsent ? publishIfAbsent(temporary, folder) : publish(temporary, folder),
        )
        if (versionId === undefined) return undefined
        return { bucket, key, versionId, size, modified: modifiedOf(versionId), metadata }
      } finally {
        // What can't be removed now is swept later; the put's own outcome counts.
        await rm(temporary, { force: true }).catch(() => undefined)
      }
    },

    async *versions(bucket, { prefix = '', afterKey, afterVersion } = {}) {
      if (afterKey?.startsWith(prefix) && afterVersion !== undefined) yield* versionsOf(bucket, afterKey, afterVersion)
      for await (const key of keysIn(root, bucket, prefix, afterKey)) yield* versionsOf(bucket, key)
    },

    async erase({ bucket, key, versionId }) {
      checkOpaqueKey(key)
      if (!VERSION.test(versionId)) return
      const folder = keyFolder(root, bucket, key)
      await onDisk('erasing an object', async () => {
        await ifPresent(() => unlink(join(folder, versionId)))
        await syncFolder(folder)
        try {
          await rmdir(folder)
          await syncFolder(dirname(folder))
        } catch (error) {
          const code = errnoOf(error)
          if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error
        }
      })
    },

    async sweepTemporary(olderThanMs) {
      return onDisk('sweeping temporary files', async () => {
        let swept = 0
        for (const bucket of BUCKETS) {
          const folder = temporaryFolder(root, bucket)
          for (const name of await readdir(folder)) {
            const found = await ifPresent(() => stat(join(folder, name)))
            const old = found !== undefined && clock.now() - Math.floor(found.mtimeMs) >= olderThanMs
            if (found === undefined || !(old || isAbandoned(name))) continue
            await rm(join(folder, name), { force: true, recursive: true })
            swept++
          }
        }
        return swept
      })
    },
  }
}

/** The half that opening and sealing hold: it has no way to write or erase, and makes no folder. */
export function openReadableObjects(root: string): ReadableObjects {
  return {
    async head(bucket, key, versionId) {
      checkOpaqueKey(key)
      const wanted =
        versionId ?? (await onDisk('reading an object', () => versionsIn(keyFolder(root, bucket, key)))).at(-1)
      return wanted === undefined ? undefined : describe(root, bucket, key, wanted)
    },

    async get({ bucket, key, versionId }, range) {
      checkOpaqueKey(key)
      if (!VERSION.test(versionId)) return undefined
      const file = join(keyFolder(root, bucket, key), versionId)
      const found = await readObjectFile(file, key)
      if (found === undefined) return undefined
      const { first, length } = resolveRange(range, found.size)
      return readBytes(file, found.start + first, length)
    },
  }
}

/** HTTP's meaning, as S3's: a `last` past the end is the end. @throws RangeError when nothing is in range */
function resolveRange(range: ByteRange | undefined, size: number): { first: number; length: number } {
  if (range === undefined) return { first: 0, length: size }
  const { first, last } = range
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first || first >= size) {
    throw new RangeError('a byte range is 0 <= first <= last and starts inside the object')
  }
  return { first, length: Math.min(last, size - 1) - first + 1 }
}

async function describe(root: string, bucket: Bucket, key: string, versionId: string): Promise<ObjectInfo | undefined> {
  if (!VERSION.test(versionId)) return undefined
  const found = await readObjectFile(join(keyFolder(root, bucket, key), versionId), key)
  return (
    found && { bucket, key, versionId, size: found.size, modified: modifiedOf(versionId), metadata: found.metadata }
  )
}

/** Oldest first. */
async function versionsIn(folder: string): Promise<string[]> {
  const names = (await ifPresent(() => readdir(folder))) ?? []
  return names.filter((name) => VERSION.test(name)).sort()
}

function temporaryName(): string {
  return `${randomBytes(16).toString('hex')}.${process.pid}-${PROCESS}`
}

/** Whether its process has ended. One that we may not signal is alive; so, for all we know, is one without a name. */
function isAbandoned(name: string): boolean {
  const [, pid, tag] = TEMPORARY.exec(name) ?? []
  if (pid === undefined) return false
  if (Number(pid) === process.pid) return tag !== PROCESS
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return errnoOf(error) === 'ESRCH'
  }
}

function temporaryFolder(root: string, bucket: Bucket): string {
  return join(root, bucket, 'tmp')
}

function tickOf(versionId: string): number {
  return Number.parseInt(versionId.slice(0, 14), 16)
}

function modifiedOf(versionId: string): number {
  return Math.floor(tickOf(versionId) / TICKS)
}
