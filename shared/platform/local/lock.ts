/** One holder of a name at a time, among processes: SQLite's file locks, which the system takes back from whoever was killed. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Unavailable } from '../ports.ts'
import { PRIVATE_FILE, unavailable } from './disk.ts'

const ATTEMPTS = 200
const PAUSE_MS = 50

/** Without SQLite's own waiting, which would stop this whole process. */
function held(file: string, exclusive: boolean): DatabaseSync | undefined {
  try {
    // Closing any handle of a file lets go of the whole process's locks on it: one that may be held is not opened here.
    if (!existsSync(file)) closeSync(openSync(file, 'a', PRIVATE_FILE))
  } catch (error) {
    throw unavailable(`locking ${basename(file)}`, error)
  }
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    // In WAL mode a transaction alone shuts out writers, not whoever merely has the file open.
    if (exclusive) database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    const result = error instanceof Error && 'errcode' in error ? Number(error.errcode) % 256 : 0
    if (result === 5) return undefined
    // 13 is SQLITE_FULL; an exclusive lock makes a journal.
    throw result === 13
      ? unavailable(`locking ${basename(file)}`, Object.assign(new Error(), { code: 'ENOSPC' }))
      : error
  }
}

/** @returns undefined when another holds it, in this process or any other. @throws Unavailable */
export function tryLock(file: string): Disposable | undefined {
  const lock = held(file, false)
  return lock && { [Symbol.dispose]: () => lock.close() }
}

/** Waits up to 10 s for the others. The file is made where it is missing, and stays. @throws Unavailable */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  let lock = held(file, false)
  for (let attempt = 1; lock === undefined; attempt++) {
    if (attempt === ATTEMPTS) throw new Unavailable('another Safelight process is changing the keys: try again')
    await sleep(PAUSE_MS)
    lock = held(file, false)
  }
  try {
    return await work()
  } finally {
    lock.close()
  }
}

/**
 * Runs `work` while no other process has this database open, and none can open it.
 * @returns undefined, and does nothing, when one has. @throws Unavailable
 */
export async function withDatabaseAlone<T>(file: string, work: () => Promise<T>): Promise<{ value: T } | undefined> {
  const lock = held(file, true)
  if (lock === undefined) return undefined
  try {
    return { value: await work() }
  } finally {
    lock.close()
  }
}
