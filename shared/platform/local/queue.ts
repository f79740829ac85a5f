/**
 * The host's queues on SQLite, with SQS's meaning: at least once, a message that was received is hidden for a while and
 * comes back unless it is removed, and what keeps failing ends on a failed list from which people send it again. All of
 * it survives kill -9. Bodies hold opaque keys and ids alone.
 */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Clock } from '../ports.ts'
import { systemClock } from './clock.ts'
import { openDatabase, type Row } from './database.ts'
import { QUEUE, retryDelay } from './queueRules.ts'

export interface QueueOptions {
  readonly clock?: Clock
  /** A message that was received this often and not removed fails; 5 unless told. */
  readonly maxReceives?: number
  /** Milliseconds of rest after the first failure, doubled with each further one; 1,000 unless told. */
  readonly baseDelayMs?: number
  /** Longest rest; 300,000 unless told. */
  readonly maxDelayMs?: number
  /** 0 up to but not 1: the jitter's source. */
  readonly chance?: () => number
}

export interface Message {
  readonly id: string
  readonly queue: string
  readonly body: string
  /** 1 for the first time. */
  readonly receiveCount: number
  /** Good for this receipt alone: one from before another receive does nothing. */
  readonly receiptHandle: string
}

export interface FailedMessage {
  readonly id: string
  readonly queue: string
  readonly body: string
  readonly receiveCount: number
  /** A short code such as `verification-failed`. */
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly failedAt: number
}

type Receipt = Pick<Message, 'receiptHandle'>

/** Synchronous, as SQLite is. Every method throws Unavailable when the file can't be read or written. */
export interface LocalQueue {
  /**
   * @param options.id the caller's name for the work: while a message with it waits, is in flight or has failed in this
   *   queue, sending again adds nothing
   * @returns the message's id, and whether it was there already. @throws RangeError for a body over 256 KiB
   */
  send(
    queue: string,
    body: string,
    options?: { readonly delayMs?: number; readonly id?: string },
  ): { readonly id: string; readonly duplicate: boolean }
  /** Longest waiting first; hidden from other receivers for `visibilityMs`. */
  receive(queue: string, options: { readonly max: number; readonly visibilityMs: number }): readonly Message[]
  /** Done. @returns false when the receipt is outdated: the message may be received again */
  remove(message: Receipt): boolean
  /** Hides it for `visibilityMs` from now; 0 shows it at once. @returns false when the receipt is outdated */
  changeVisibility(message: Receipt, visibilityMs: number): boolean
  /** The handler failed: rests with backoff and jitter, or fails for good after `maxReceives`. */
  giveBack(message: Receipt, reason: string): { readonly failed: boolean }
  /** How many could be worked on now or are: those resting after a failure or delayed don't count. */
  waiting(queue: string): number
  /** When the next message may be received, in milliseconds since 1970; undefined when none is there. */
  nextAt(queue: string): number | undefined
  /** Everything that waits, rests or is in flight. */
  pending(queue: string): readonly Pick<Message, 'id' | 'body'>[]
  /** Oldest failure first. */
  failed(queue?: string): readonly FailedMessage[]
  /** Sends failed messages again, their counts from zero. @returns how many */
  redrive(id: string): number
  /** Drops a failed message for good. @returns false when there is none */
  discard(id: string): boolean
  /**
   * Shows what is in flight at once, and what rests for longer than anything may: the clock was set back. For a host that
   * starts: whoever received it is dead. @returns how many
   */
  reclaim(): number
  close(): void
}

const MAX_BODY = 256 * 1024
const REASON = /^[a-z0-9:-]{1,64}$/

const MessageRow = z.object({
  id: z.string(),
  queue: z.string(),
  body: z.string(),
  receiveCount: z.int(),
  receiptHandle: z.string(),
})
const PendingRow = MessageRow.pick({ id: true, body: true })
const FailedRow = MessageRow.omit({ receiptHandle: true }).extend({ reason: z.string(), failedAt: z.int() })

/** @throws Unavailable */
export function openQueue(file: string, options: QueueOptions = {}): LocalQueue {
  const { clock = systemClock, maxReceives = 5, baseDelayMs = 1000, maxDelayMs = 300_000 } = options
  const { chance = Math.random } = options
  const database = openDatabase(file, QUEUE)

  function fail(id: unknown, reason: string): void {
    database.run(
      `UPDATE messages SET state = 'failed', reason = ?, failedAt = ?, receiptHandle = NULL WHERE id = ?`,
      REASON.test(reason) ? reason : 'internal-error',
      clock.now(),
      String(id),
    )
  }

  function take(row: Row, visibilityMs: number): Message {
    const taken = database.get(
      `UPDATE messages SET state = 'in-flight', visibleAt = ?, receiveCount = receiveCount + 1, receiptHandle = ?
       WHERE id = ? RETURNING *`,
      clock.now() + visibilityMs,
      randomBytes(16).toString('hex'),
      String(row.id),
    )
    return MessageRow.parse(taken)
  }

  return {
    send(queue, body, { delayMs = 0, id: dedupId } = {}) {
      if (Buffer.byteLength(body) > MAX_BODY) throw new RangeError('a message body is at most 256 KiB')
      return database.transaction(() => {
        const known =
          dedupId === undefined
            ? undefined
            : database.get('SELECT id FROM messages WHERE queue = ? AND dedupId = ?', queue, dedupId)
        if (known !== undefined) return { id: String(known.id), duplicate: true }
        const id = randomBytes(16).toString('hex')
        database.run(
          `INSERT INTO messages (id, queue, body, dedupId, state, visibleAt) VALUES (?, ?, ?, ?, 'waiting', ?)`,
          id,
          queue,
          body,
          dedupId ?? null,
          clock.now() + delayMs,
        )
        return { id, duplicate: false }
      })
    },

    receive(queue, { max, visibilityMs }) {
      return database.transaction(() => {
        const received: Message[] = []
        while (received.length < max) {
          const row = database.get(
            `SELECT id, receiveCount FROM messages WHERE queue = ? AND state <> 'failed' AND visibleAt <= ?
             ORDER BY visibleAt, ordinal LIMIT 1`,
            queue,
            clock.now(),
          )
          if (row === undefined) break
          // Whoever received it last neither removed it nor gave it back: it brings its handlers down.
          if (Number(row.receiveCount) >= maxReceives) fail(row.id, 'no-answer')
          else received.push(take(row, Math.max(1, visibilityMs)))
        }
        return received
      })
    },

    remove: ({ receiptHandle }) => database.run('DELETE FROM messages WHERE receiptHandle = ?', receiptHandle) > 0,

    changeVisibility({ receiptHandle }, visibilityMs) {
      const visibleAt = clock.now() + visibilityMs
      return database.run('UPDATE messages SET visibleAt = ? WHERE receiptHandle = ?', visibleAt, receiptHandle) > 0
    },

    giveBack({ receiptHandle }, reason) {
      return database.transaction(() => {
        const row = database.get('SELECT id, receiveCount FROM messages WHERE receiptHandle = ?', receiptHandle)
        if (row === undefined) return { failed: false }
        const failures = Number(row.receiveCount)
        if (failures >= maxReceives) {
          fail(row.id, reason)
          return { failed: true }
        }
        database.run(
          `UPDATE messages SET state = 'waiting', visibleAt = ?, receiptHandle = NULL WHERE id = ?`,
          clock.now() + retryDelay(failures, baseDelayMs, maxDelayMs, chance()),
          String(row.id),
        )
        return { failed: false }
      })
    },

    waiting(queue) {
      const row = database.get(
        `SELECT count(*) AS n FROM messages
         WHERE queue = ? AND (state = 'in-flight' OR (state = 'waiting' AND visibleAt <= ?))`,
        queue,
        clock.now(),
      )
      return Number(row?.n)
    },

    nextAt(queue) {
      const row = database.get(`SELECT min(visibleAt) AS at FROM messages WHERE queue = ? AND state <> 'failed'`, queue)
      return typeof row?.at === 'number' ? row.at : undefined
    },

    pending(queue) {
      const rows = database.all(`SELECT id, body FROM messages WHERE state <> 'failed' AND queue = ?`, queue)
      return rows.map((row) => PendingRow.parse(row))
    },

    failed(queue) {
      const rows =
        queue === undefined
          ? database.all(`SELECT * FROM messages WHERE state = 'failed' ORDER BY failedAt, ordinal`)
          : database.all(
              `SELECT * FROM messages WHERE state = 'failed' AND queue = ? ORDER BY failedAt, ordinal`,
              queue,
            )
      return rows.map((row) => FailedRow.parse(row))
    },

    redrive(id) {
      return database.run(
        `UPDATE messages SET state = 'waiting', visibleAt = ?, receiveCount = 0, reason = NULL, failedAt = NULL
         WHERE state = 'failed' AND (id = ? OR ? = 'all')`,
        clock.now(),
        id,
        id,
      )
    },

    discard: (id) => database.run(`DELETE FROM messages WHERE state = 'failed' AND id = ?`, id) > 0,

    reclaim() {
      return database.run(
        `UPDATE messages SET state = 'waiting', visibleAt = ?1, receiptHandle = NULL
         WHERE state = 'in-flight' OR (state = 'waiting' AND visibleAt > ?1 + ?2)`,
        clock.now(),
        maxDelayMs,
      )
    },

    close: () => database.close(),
  }
}
