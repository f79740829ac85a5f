/** One value that is asked for often and read seldom: kept for a while, read once by all who wait, failures never kept. */
import type { Clock } from '../ports.ts'

export interface Cached<T> {
  get(): Promise<T>
  /** As `get`, but what was read longer ago than this is read again. */
  noOlderThan(ms: number): Promise<T>
}

export const wallClock: Clock = { now: () => Date.now() }

export function cached<T>(read: () => Promise<T>, keepMs: number, clock: Clock): Cached<T> {
  let known: { readonly value: T; readonly asked: number } | undefined
  let reading: { readonly value: Promise<T>; readonly asked: number } | undefined

  async function readAgain(asked: number): Promise<T> {
    const value = await read()
    if (known === undefined || known.asked <= asked) known = { value, asked }
    return value
  }

  async function noOlderThan(ms: number): Promise<T> {
    const now = clock.now()
    const isFresh = ({ asked }: { readonly asked: number }) => now - asked < ms && asked <= now
    if (known && isFresh(known)) return known.value
    if (reading && isFresh(reading)) return reading.value
    const mine = { value: readAgain(now), asked: now }
    reading = mine
    try {
      return await mine.value
    } finally {
      if (reading === mine) reading = undefined
    }
  }

  return { noOlderThan, get: () => noOlderThan(keepMs) }
}
