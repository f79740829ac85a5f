/** How fast a deployed stack takes pictures in, what it asks of AWS for each, and whether any is lost. */
import { emulated } from './emulated.ts'
import type { Publish } from './line.ts'

const PICTURES = '2000'

export const bench = (publish: Publish, count = PICTURES): Promise<void> => emulated('bench-aws.ts', [count], publish)
