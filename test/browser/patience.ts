/** How long browser tests wait: long enough for a machine several times slower, because they wait for events, not for time. */
import { vi } from 'vitest'

/** Milliseconds for one thing on the page to happen. */
export const PATIENCE = 120_000

/** Called by every file that drives a browser, before its tests: several such waits may follow each other. */
export function bePatient(): void {
  vi.setConfig({ testTimeout: 4 * PATIENCE, hookTimeout: 2 * PATIENCE })
}
