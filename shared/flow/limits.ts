/** The limits of looking at a picture, where whoever looks has only so much time. */
import { LIMITS, type Limits } from '../image/types.ts'

/** A picture is decoded up to three times, and what follows needs time, too: no single decoding may take more. */
const SHARE = 5

/** A decoder that is cut off is an answer, a function that ran out of time is none. */
export function limitsWithin(remainingMs: number, limits: Limits = LIMITS): Limits {
  const seconds = Math.floor(remainingMs / 1000 / SHARE)
  // To libvips 0 seconds are no limit at all.
  return { ...limits, timeoutSeconds: Math.max(1, Math.min(limits.timeoutSeconds, seconds)) }
}
