/** The machine's own clock, for every local provider that isn't given another. */
import type { Clock } from '../ports.ts'

export const systemClock: Clock = { now: () => Date.now() }
