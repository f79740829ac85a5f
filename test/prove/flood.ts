// 10,000 files dropped at once are each sealed once, in bounded memory, while the server answers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flood } from '../faults/flood.ts'
import { check, finish } from './report.ts'

const FILES = Number(process.argv[2] ?? 10_000)
const root = mkdtempSync(join(tmpdir(), 'safelight-flood-'))
try {
  const { wrong, ms, idleMiB, peakMiB, slowestMs } = await flood(root, FILES, 3_600_000)
  const each = `${Math.round(ms / 1000)} s, ${(ms / FILES).toFixed(1)} ms each`
  check(`${FILES} files dropped at once are committed, each once`, wrong.length === 0, wrong[0] ?? each)
  check('memory does not grow with them', peakMiB - idleMiB < 250, `${idleMiB} MiB idle, ${peakMiB} MiB at most`)
  check('the server answers meanwhile', slowestMs < 10_000, `slowest status ${slowestMs} ms`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
finish()
