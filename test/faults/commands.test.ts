/** Reads by link and rewraps, killed at the end of every call that they make: nothing is lost, counted twice or taken back. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { READ, REWRAP, strikeReads, strikeRewraps } from './commands.ts'

const root = () => mkdtempSync(join(tmpdir(), 'safelight-struck-'))

test('a read by link that is killed has spent a use, recorded once, exactly when it came to the end of spending', async () => {
  expect(await strikeReads(root())).toEqual({ passed: READ, missed: [], wrong: [] })
})

test('a rewrap that is killed leaves every object open, and the next one ends what it began', async () => {
  expect(await strikeRewraps(root())).toEqual({ passed: REWRAP, missed: [], wrong: [] })
})
