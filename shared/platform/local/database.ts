/**
 * SQLite as the local providers use it: one private file, durable before it answers, transactions that hold or leave
 * no trace, and errors that say what to do.
 */
import { closeSync, openSync, statfsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Unavailable } from '../ports.ts'
import { errnoOf, PRIVATE_FILE, unavailable } from './disk.ts'
import { makeFoldersNow } from './folders.ts'

export type Row = Record<string, unknown>

export interface DatabaseKind {
  /** Marks the file as ours (SQLite's application_id). */
  readonly applicationId: number
  /** Migration i brings schema version i to i+1. */
  readonly migrations: readonly string[]
  /** What to do about a damaged file, a clause. */
  readonly whenDamaged: string
}

export interface Database {
  all(sql: string, ...values: SQLInputValue[]): Row[]
  get(sql: string, ...values: SQLInputValue[]): Row | undefined
  /** @returns the number of rows that matched */
  run(sql: string, ...values: SQLInputValue[]): number
  /** All of `work` or nothing of it; the only writer meanwhile. Don't nest. */
  transaction<T>(work: () => T): T
  /** SQLite's own integrity check. @returns its complaints, none for a sound file */
  check(): readonly string[]
  close(): void
}

const BUSY_MS = 2_000

/** @throws Unavailable when the file is damaged, newer than this program, somebody else's, or can't be opened */
export function openDatabase(file: string, kind: DatabaseKind): Database {
  const name = basename(file)
  const statements = new Map<string, StatementSync>()
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw translate(file, kind, error)
    }
  }
  const database = guarded(() => {
    makeFoldersNow(dirname(file))
    // SQLite would make it world-readable; its -wal and -shm files take over this one's mode.
    closeSync(openSync(file, 'a', PRIVATE_FILE))
    return new DatabaseSync(file, { timeout: BUSY_MS, enableForeignKeyConstraints: true, defensive: true })
  })

  function statement(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }

  const self: Database = {
    all: (sql, ...values) => guarded(() => statement(sql).all(...values)),
    get: (sql, ...values) => guarded(() => statement(sql).get(...values)),
    run: (sql, ...values) => guarded(() => Number(statement(sql).run(...values).changes)),
    transaction(work) {
      guarded(() => database.exec('BEGIN IMMEDIATE'))
      try {
        const result = work()
        guarded(() => database.exec('COMMIT'))
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    check() {
      try {
        const rows = self.all('PRAGMA integrity_check').map((row) => String(row.integrity_check))
        return rows.filter((row) => row !== 'ok')
      } catch (error) {
        if (error instanceof Unavailable) return [error.message]
        throw error
      }
    },
    close() {
      if (!database.isOpen) return
      // Leaves one file that may be copied; best effort, because another process may be reading.
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } catch {}
      database.close()
    },
  }

  try {
    guarded(() => {
      enterWal(database)
      database.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    })
    self.transaction(() => guarded(() => migrate(database, name, kind)))
  } catch (error) {
    database.close()
    throw error
  }
  return self
}

/** SQLite doesn't wait, whatever the timeout, when two processes turn a new file to WAL at once. */
function enterWal(database: DatabaseSync): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if ((resultCode(error) & 0xff) !== 5 || attempt === 100) throw error
      Atomics.wait(sleeper, 0, 0, 20)
    }
  }
}

function migrate(database: DatabaseSync, name: string, kind: DatabaseKind): void {
  const version = pragma(database, 'user_version')
  const owner = pragma(database, 'application_id')
  const current = kind.migrations.length
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
  if (owner !== kind.applicationId && (owner !== 0 || version !== 0 || tables !== 0)) {
    throw new Unavailable(`${name} is some other program's database: move it away, then try again`)
  }
  if (version > current) {
    throw new Unavailable(
      `${name} was written by a newer Safelight (schema ${version}, this one knows ${current}): use that version`,
    )
  }
  for (const step of kind.migrations.slice(version)) database.exec(step)
  if (version < current) {
    database.exec(`PRAGMA user_version = ${current}; PRAGMA application_id = ${kind.applicationId}`)
  }
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

/** SQLite's result codes (sqlite.org/rescode.html) in the border's words. Constraint violations stay what they are. */
function translate(file: string, kind: DatabaseKind, error: unknown): unknown {
  const name = basename(file)
  if (errnoOf(error) !== 'ERR_SQLITE_ERROR') {
    const code = errnoOf(error)
    return code !== undefined && /^E[A-Z0-9]+$/.test(code) && !code.startsWith('ERR') ? unavailable(name, error) : error
  }
  switch (resultCode(error) & 0xff) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return new Unavailable(`${name}: another process holds it: try again, or end that process`)
    case 8: // SQLITE_READONLY
      return unavailable(name, Object.assign(new Error(), { code: 'EROFS' }))
    case 10: // SQLITE_IOERR, which is also what a full disk is to its shared memory
      return unavailable(name, Object.assign(new Error(), { code: isFull(dirname(file)) ? 'ENOSPC' : 'EIO' }))
    case 13: // SQLITE_FULL
      return unavailable(name, Object.assign(new Error(), { code: 'ENOSPC' }))
    case 14: // SQLITE_CANTOPEN
      return unavailable(name, Object.assign(new Error(), { code: 'EACCES' }))
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return new Unavailable(`${name} is damaged: ${kind.whenDamaged}`)
    default:
      return error
  }
}

/** What SQLite takes at once for its shared memory. */
const LEAST_FREE = 64 * 1024

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < LEAST_FREE
  } catch {
    return false
  }
}

function resultCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}

/** Whether this error is a UNIQUE or PRIMARY KEY violation (extended codes 2067 and 1555). */
export function isDuplicate(error: unknown): boolean {
  const code = resultCode(error)
  return code === 2067 || code === 1555
}
