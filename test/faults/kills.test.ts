/**
 * Invariants 1 to 3 on real processes: the server and its sealing process are killed at the end of every call that an
 * upload leads to, and at chance moments under a stream of uploads; each upload ends as one object, and nothing else is left.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Killing, startKilling } from './killing.ts'
import { killAtEachBoundary, killAtRandom, UPLOAD } from './kills.ts'

const killing = (seed: number) => startKilling(mkdtempSync(join(tmpdir(), 'safelight-kills-')), seed)

async function leavesNothing(kills: Killing): Promise<void> {
  expect(kills.found).toEqual([])
  expect(await kills.rest()).toEqual([])
}

// Side by side: most of the time of each goes by in waiting for processes to start.
test.concurrent.each([0, 1])(
  'a kill at the end of any call that an upload leads to loses nothing and leaves nothing behind (half %i)',
  async (half) => {
    await using kills = killing(1 + half)
    const { passed, missed } = await killAtEachBoundary(kills, (index) => index % 2 === half)
    expect(passed).toEqual(UPLOAD)
    expect(missed).toEqual([])
    await leavesNothing(kills)
  },
)

test.concurrent('20 kills at chance moments under a stream of uploads lose nothing and leave nothing behind', async () => {
  await using kills = killing(3)
  await killAtRandom(kills, 20, 3)
  expect(kills.sent.length).toBeGreaterThan(30)
  await leavesNothing(kills)
})
