/**
 * When what waits is sent on once more. Queues can't be asked what they hold, and what keeps failing must not fill a
 * failed list by being sent at every look: it is sent after the quiet time, then at twice that age, four times, and
 * at least once a day.
 */

const DAY_MS = 24 * 3_600_000

/**
 * @param ageMs how long it has waited
 * @param quietMs younger than this, something is still at work on it
 * @param sinceMs since the last look, at which it may have been due already
 */
export function isDue(ageMs: number, quietMs: number, sinceMs: number): boolean {
  // A clock that was set back must not keep anything waiting.
  const age = Math.max(0, ageMs)
  return timesDue(age, quietMs) > timesDue(age - sinceMs, quietMs)
}

function timesDue(ageMs: number, quietMs: number): number {
  if (ageMs < Math.max(0, quietMs)) return 0
  const least = Math.max(1, quietMs)
  const doublings = 1 + Math.floor(Math.log2(Math.max(1, Math.min(ageMs, DAY_MS) / least)))
  return doublings + Math.floor(ageMs / DAY_MS)
}
