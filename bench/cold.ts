/** What a cold start costs: bytes to load, and the time until the first picture is sealed or opened. */
import { emulated } from './emulated.ts'
import type { Publish } from './line.ts'

export const bench = (publish: Publish): Promise<void> => emulated('bench-cold.ts', [], publish)
