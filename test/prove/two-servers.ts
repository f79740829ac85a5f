// A second server on one home is refused and says what to do; put works beside the first, both killed at will: nothing lost, nothing twice.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chances } from '../faults/kills.ts'
import { complaints, holdings, orphans, type Sent } from '../faults/ledger.ts'
import { opaque } from '../faults/uploads.ts'
import { filesHolding, piecesOf } from '../support/search.ts'
import { listFailed, MAIN, type Server, startServer, until, upload } from '../support/server.ts'
import { check, finish } from './report.ts'

const ROUNDS = Number(process.argv[2] ?? 10)
const root = mkdtempSync(join(tmpdir(), 'safelight-two-servers-'))
const home = join(root, 'home')
const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' }
const sent: Sent[] = []
const chance = chances(5)

/** Runs `put` on a file of its own; killed after `killMs` where one is given. @returns whether it said that it was sealed */
async function put(killMs?: number): Promise<void> {
  const at = sent.push({ bytes: opaque(sent.length + 1, 30_000), accepted: undefined }) - 1
  const bytes = sent[at]?.bytes ?? new Uint8Array()
  const file = join(root, `file-${at}`)
  writeFileSync(file, bytes)
  const child = spawn(process.execPath, [MAIN, 'put', file], { env, stdio: 'ignore', detached: true })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (killMs !== undefined)
    setTimeout(() => child.pid && child.exitCode === null && process.kill(-child.pid, 'SIGKILL'), killMs)
  if ((await ended) === 0) sent[at] = { bytes, accepted: true }
}

async function send(server: Server): Promise<void> {
  const bytes = opaque(sent.length + 1, 30_000)
  const at = sent.push({ bytes, accepted: undefined }) - 1
  await upload(server, bytes, 'a').then(
    () => {
      sent[at] = { bytes, accepted: true }
    },
    () => {},
  )
}

try {
  const refusals: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startServer({ home, group: true })
    const second = spawnSync(process.execPath, [MAIN, 'serve', '--port', '0'], { env, encoding: 'utf8' })
    refusals.push(`${second.status} ${second.stderr.trim()}`)
    const wait = Math.floor(chance() * 2500)
    const work = [put(), put(Math.floor(chance() * 2500)), send(server), send(server)]
    await sleep(wait)
    await server.stop('SIGKILL')
    await Promise.all(work)
    const wrong = complaints(sent, await holdings(home), false)
    if (wrong.length > 0) check(`after round ${round}`, false, wrong.join('; '))
  }
  check(
    'a second server is refused each time',
    refusals.every((text) => text.startsWith('1 error: Safelight serves this home already')),
    refusals[0],
  )
  check(
    'and is told what to do',
    refusals.every((text) => /hint: .*stop it first/.test(text)),
  )
  const server = await startServer({ home, group: true })
  await until(
    'everything to end',
    async () => {
      for (const { id } of await listFailed(server)) await server.api(`/api/failed/${id}/retry`, { method: 'POST' })
      return (await holdings(home)).waiting.length === 0
    },
    120_000,
  )
  await server.stop()
  const wrong = complaints(sent, await holdings(home), true)
  const accepted = sent.filter((each) => each.accepted).length
  check(
    'nothing is lost and nothing is there twice',
    wrong.length === 0,
    wrong.join('; ') || `${accepted} of ${sent.length} uploads were accepted`,
  )
  check(
    'no plaintext is left',
    filesHolding(
      home,
      sent.flatMap(({ bytes }) => piecesOf(bytes)),
    ).length === 0,
  )
  check('no orphan is left after a sweep', (await orphans(home)).length === 0)
} finally {
  rmSync(root, { recursive: true, force: true })
}
finish()
