/** Sixty pictures of the load that `safelight bench aws` puts through a stack, with some beside them that can't be read. */
import { expect, test } from 'vitest'
import { deployed } from '../deployed.ts'
import type { Emulator } from '../emulator.ts'
import { bear, soundly } from './load.ts'
import { drawPictures } from './pictures.ts'

const KINDS = 20
const PICTURES = 60
const ARCHIVED = 3

export function bearsSixty(start: () => Promise<Emulator>, flags: Readonly<Record<string, unknown>> = {}): void {
  test("of sixty pictures all are committed, none twice, none lost; what can't be read waits in intake until redriven", async () => {
    await using emulator = await start()
    // Each of an emulator's functions is a process of its own: twenty would wait for one another.
    const on = await deployed(emulator, { flags: { concurrency: 2, ...flags } })
    await on.safelight('keys', 'init')
    const outcome = await bear(on, await drawPictures(KINDS), { pictures: PICTURES, archived: ARCHIVED })
    expect(outcome).toMatchObject(soundly(PICTURES, ARCHIVED))
  })
}
