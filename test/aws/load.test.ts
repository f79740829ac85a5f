/** Sixty pictures of the load that `safelight bench aws` puts through a stack, with some that can't be read beside them. */
import { expect, test } from 'vitest'
import { deployed } from './deployed.ts'
import { bear, soundly } from './load/load.ts'
import { drawPictures } from './load/pictures.ts'
import { startMiniStack } from './ministack.ts'

const KINDS = 20
const PICTURES = 60
const ARCHIVED = 3

test("of sixty pictures all are committed, none twice, none lost; what can't be read waits in intake until redriven", async () => {
  await using emulator = await startMiniStack()
  // Each of MiniStack's functions is a process of its own: twenty would wait for one another.
  const on = await deployed(emulator, { flags: { concurrency: 2 } })
  await on.safelight('keys', 'init')
  const outcome = await bear(on, await drawPictures(KINDS), { pictures: PICTURES, archived: ARCHIVED })
  expect(outcome).toMatchObject(soundly(PICTURES, ARCHIVED))
})
