// `npm test` passes in a fresh clone, installing what is missing, in under 12 minutes, with nothing skipped.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { PROJECT } from '../support/server.ts'
import { check, finish } from './report.ts'

const folder = mkdtempSync(join(tmpdir(), 'safelight-suite-'))
// Where root runs this, some tests run the command line as somebody else, who must be able to read it.
chmodSync(folder, 0o755)
const clone = join(folder, 'clone')
execFileSync('git', ['clone', '--quiet', PROJECT, clone])
const started = performance.now()
// As a newcomer's: without the tools that this run was given.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SAFELIGHT_TEST_')))
const report = join(folder, 'report.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const run = spawnSync('npm', ['test', '--', ...reporters], {
  cwd: clone,
  env: { ...env, NO_COLOR: '1' },
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
})
const minutes = (performance.now() - started) / 60_000
const tests = run.stdout
  .split('\n')
  .find((line) => /^\s*Tests /.test(line))
  ?.trim()
check('npm test passes in a fresh clone', run.status === 0, tests)
check('nothing is skipped', tests !== undefined && !/skipped|todo/.test(tests))
check('in under 12 minutes', minutes < 12, `${minutes.toFixed(1)} min`)
if (run.status !== 0) console.log(run.stdout.slice(-3000), run.stderr.slice(-2000))
if (existsSync(report)) {
  const { testResults }: { testResults: { name: string; startTime: number; endTime: number }[] } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  const slowest = testResults.sort((a, b) => b.endTime - b.startTime - (a.endTime - a.startTime)).slice(0, 12)
  for (const { name, startTime, endTime } of slowest) {
    console.log(`${((endTime - startTime) / 1000).toFixed(0).padStart(5)} s  ${relative(clone, name)}`)
  }
}
rmSync(folder, { recursive: true, force: true })
finish()
