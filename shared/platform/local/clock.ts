/** The Clock port: the system's time, except that within one process it never goes back and never stands still. */
import type { Clock } from '../ports.ts'

/**
 * Where the system's clock was set back, time goes on from where it was: links expire when they were said to, and no
 * message waits for an hour to come round again.
 * @param wall milliseconds since 1970, as the system has it @param steady milliseconds since whenever, never set
 */
export function steadyClock(wall: () => number = Date.now, steady: () => number = () => performance.now()): Clock {
  let [last, at] = [wall(), steady()]
  return {
    now() {
      const elapsed = steady() - at
      const now = Math.max(wall(), last + elapsed)
      ;[last, at] = [now, at + elapsed]
      return Math.floor(now)
    },
  }
}

export const systemClock: Clock = steadyClock()
