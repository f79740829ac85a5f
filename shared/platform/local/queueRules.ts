/** The queue's table, and how long a message rests after a failure. */
import type { DatabaseKind } from './database.ts'

export const QUEUE: DatabaseKind = {
  applicationId: 0x534c5131, // "SLQ1"
  whenDamaged: 'stop Safelight and move the file away; it holds no data, and uploads that wait still lie in intake',
  migrations: [
    `CREATE TABLE messages (
       ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       queue TEXT NOT NULL,
       body TEXT NOT NULL,
       dedupId TEXT,
       state TEXT NOT NULL CHECK (state IN ('waiting', 'in-flight', 'failed')),
       visibleAt INTEGER NOT NULL,
       receiveCount INTEGER NOT NULL DEFAULT 0,
       receiptHandle TEXT UNIQUE,
       reason TEXT,
       failedAt INTEGER,
       UNIQUE (queue, dedupId)
     ) STRICT;
     CREATE INDEX messagesByTime ON messages (queue, state, visibleAt);`,
  ],
}

/**
 * Exponential backoff, half of it jitter, so that messages that failed together don't come back together.
 * @param failures how often it failed, at least 1
 * @param chance 0 up to but not 1
 * @returns milliseconds, whole
 */
export function retryDelay(failures: number, baseMs: number, maxMs: number, chance: number): number {
  const full = Math.min(maxMs, baseMs * 2 ** (failures - 1))
  return Math.floor(full / 2 + (full / 2) * chance)
}
