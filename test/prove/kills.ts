// A server killed at every step boundary and at 200 chance moments under uploads, reads by link and rewraps killed at each of theirs: all is there once, no plaintext, no orphan.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { READ, REWRAP, strikeReads, strikeRewraps } from '../faults/commands.ts'
import { type Killing, startKilling } from '../faults/killing.ts'
import { killAtEachBoundary, killAtRandom, UPLOAD } from '../faults/kills.ts'
import { check, finish } from './report.ts'

const KILLS = Number(process.argv[2] ?? 200)
const SEED = Number(process.argv[3] ?? 4)
const start = (seed: number) => startKilling(mkdtempSync(join(tmpdir(), 'safelight-kills-')), seed)

async function account(kills: Killing): Promise<void> {
  check('after each kill: every accepted upload is committed once or waits whole', kills.found.length === 0)
  const wrong = await kills.rest()
  const accepted = kills.sent.filter((each) => each.accepted).length
  check(
    'at rest: each is committed once, no plaintext is left, and no orphan after a sweep',
    wrong.length === 0,
    wrong.join('; ') || `${kills.sent.length} uploads, ${accepted} of them accepted, ${kills.retried} retried by hand`,
  )
}

{
  await using kills = start(SEED)
  const { passed, missed } = await killAtEachBoundary(kills, () => true)
  check('an upload passes the boundaries that are known', isDeepStrictEqual(passed, UPLOAD), `${passed.length} of them`)
  check('a kill at every one of them', missed.length === 0, missed.join(', ') || undefined)
  await account(kills)
}
{
  await using kills = start(SEED + 1)
  await killAtRandom(kills, KILLS, SEED)
  check(`${KILLS} kills at chance moments, seed ${SEED}`, kills.found.length === 0)
  await account(kills)
}
for (const [what, strike, known] of [
  ['a read by link', strikeReads, READ],
  ['a rewrap', strikeRewraps, REWRAP],
] as const) {
  const { passed, missed, wrong } = await strike(mkdtempSync(join(tmpdir(), 'safelight-kills-')))
  check(`${what} passes the boundaries that are known`, isDeepStrictEqual(passed, known), `${passed.length} of them`)
  check(`a kill at every one of them, of ${what}`, missed.length === 0, missed.join(', ') || undefined)
  check(
    'loses nothing, counts no use twice and leaves nothing half done',
    wrong.length === 0,
    wrong.join('; ') || undefined,
  )
}
finish()
