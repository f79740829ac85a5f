// Hostile files of every kind through a real server: each sealed exactly or refused, within 10 s and 300 MiB; no file or host that they name is touched.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { bombs } from '../hostile/bombs.ts'
import { damaged, noPicture } from '../hostile/damaged.ts'
import { dropAll, dropRefused } from '../hostile/dropped.ts'
import type { HostileFile } from '../hostile/file.ts'
import { DROPPED_NAMES, LEFT_ALONE, NAMES, named, UNDECODABLE_NAMES } from '../hostile/names.ts'
import { observe } from '../hostile/observe.ts'
import { polyglots } from '../hostile/polyglots.ts'
import { attack, type Outcome, textOf } from '../hostile/siege.ts'
import { drawings } from '../hostile/svg.ts'
import { setTrap } from '../hostile/trap.ts'
import { listFailed, listObjects, startServer, until } from '../support/server.ts'
import { check, finish } from './report.ts'

/** The clock is looked at: how the machine is without us belongs beside what it shows. */
const QUIET_MS = 5_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    each: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})
const seed = Number(values.seed)
const root = mkdtempSync(join(tmpdir(), 'safelight-hostile-'))
const trap = await setTrap(root)
const server = await startServer({ home: join(root, 'home') })
const outcomes: Outcome[] = []
try {
  // At rest means: the models loaded, and each was used.
  await server.api('/api/samples', { method: 'POST' })
  await until('the samples', async () => (await listObjects(server)).length === 3)
  const observer = observe(server)
  const quiet = await observer.during(() => sleep(QUIET_MS))
  console.log(
    `the machine: load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')} on ${availableParallelism()} cores; ` +
      `left in peace, the server answers within ${quiet.seen.slowest.toFixed(0)} ms`,
  )
  const files: readonly HostileFile[] = [
    ...bombs,
    ...damaged(seed, Number(values.each)),
    ...noPicture(seed),
    ...polyglots(trap.host, trap.file),
    ...drawings(trap.host, trap.file),
    ...named,
  ].filter(({ what }) => what.includes(values.only))
  for (const file of files) {
    const bytes = await file.make()
    const name = file.fileName ?? `${file.what}.jpg`
    const outcome = await attack(server, observer, { file, bytes, encodedName: encodeURIComponent(name) })
    outcomes.push(outcome)
    const size = bytes.length < 10_000 ? `${bytes.length} bytes` : `${(bytes.length / 1e6).toFixed(2)} MB`
    check(file.what, outcome.wrong.length === 0, `${size}; ${textOf(outcome)}`)
  }
  for (const [what, encodedName] of Object.entries(UNDECODABLE_NAMES)) {
    const outcome = await attack(server, observer, { file: { what }, bytes: new Uint8Array(9), encodedName })
    check(
      `name that is no UTF-8: ${what}`,
      outcome.fate.kind === 'refused' && outcome.wrong.length === 0,
      textOf(outcome),
    )
  }
  for (const { what, wrong, detail } of await dropAll(server, DROPPED_NAMES)) {
    check(`dropped name: ${what}`, wrong.length === 0, [detail, ...wrong].join('; '))
  }
  const refused = await dropRefused(server, Object.values(LEFT_ALONE))
  check(
    'names in the drop folder that no text can hold are left alone, and told',
    refused.left === Object.keys(LEFT_ALONE).length,
    refused.warnings.join('; '),
  )
  const failed = await listFailed(server)
  check(
    'nothing is on the failed list',
    failed.length === 0,
    failed.map(({ reason }) => reason).join(', ') || undefined,
  )
  const touched = trap.touched()
  check('no host that a file names was asked', touched.connections === 0, `${touched.connections} connections`)
  check('no file that a file names was read', touched.reads === 0)
  const sprung = await trap.spring()
  check('the trap notices a connection and a read', sprung.connection && sprung.read)
  const printed = server.printed()
  const telling = [...Object.values(NAMES), 'canary'].filter((name) => name.length > 3 && printed.includes(name))
  check('no name is in the log', telling.length === 0)
} finally {
  await server.stop()
  await trap[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
}
const most = (of: (outcome: Outcome) => number) => Math.max(0, ...outcomes.map(of)).toFixed(1)
console.log(
  `most: ${most(({ seconds }) => seconds)} s, sealer +${most(({ seen }) => seen.sealer)} MiB, server +${most(({ seen }) => seen.server)} MiB, ` +
    `an answer ${most(({ seen }) => seen.slowest)} ms of ${outcomes.reduce((sum, { seen }) => sum + seen.asked, 0)}`,
)
finish()
