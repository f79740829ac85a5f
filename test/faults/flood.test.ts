/** Two hundred files dropped at once are each sealed once, and memory does not grow with their number. */
import { expect, test } from 'vitest'
import { temporaryFolder } from '../cli/run.ts'
import { flood } from './flood.ts'

test('200 files dropped at once are sealed, each once, in bounded memory, while the server answers', async () => {
  const { wrong, idleMiB, peakMiB } = await flood(temporaryFolder(), 200, 100_000)
  expect(wrong).toEqual([])
  expect(peakMiB - idleMiB).toBeLessThan(200)
})
