/** Rotation from end to end on a real home, with the command killed midway: the `rotate` proof, and a small one in the tests. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { countOpening, digestOf, type Populated, populate } from './populate.ts'
import { filesBelow } from './search.ts'
import { MAIN } from './server.ts'

type Check = (name: string, condition: boolean, detail?: string) => void

export function commandLine(home: string) {
  const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1', SAFELIGHT_PASSPHRASE: 'correct horse battery' }
  return {
    env,
    run: (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' }),
  }
}

const vaultOf = (home: string) => join(home, 'objects', 'vault', 'objects')

function envelopesIn(home: string): string[] {
  return readdirSync(vaultOf(home))
    .filter((name) => name.startsWith('e'))
    .flatMap((name) => readdirSync(join(vaultOf(home), name)))
}

/** What lies under `o/` and `r/`: path and digest. */
export function bodiesIn(home: string): string {
  const files = filesBelow(vaultOf(home)).filter((file) => /\/objects\/[or]_2f/.test(file))
  if (files.length === 0) throw new Error('there are no bodies to compare')
  return files
    .map((file) => `${file} ${digestOf(readFileSync(file))}`)
    .sort()
    .join('\n')
}

/** SIGKILLs `safelight rewrap` once this many envelopes are there. @returns the signal that it ended by */
async function killedRewrap(home: string, envelopes: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [MAIN, 'rewrap'], { env: commandLine(home).env, stdio: 'ignore' })
  const ended = new Promise<NodeJS.Signals | null>((done) => child.once('close', (_, signal) => done(signal)))
  while (child.exitCode === null && envelopesIn(home).length < envelopes) await sleep(2)
  child.kill('SIGKILL')
  return ended
}

/** @param look how many are opened after each kill; all are at the end */
export async function proveRotation(home: string, count: number, check: Check, look = 100): Promise<void> {
  const { run } = commandLine(home)
  const made = await populate(home, count)
  const sealed = made.length
  const before = bodiesIn(home)
  check(`${count} objects open`, (await countOpening(home, made)) === sealed, `${sealed} with their previews`)
  check('keys rotate', run('keys', 'rotate').status === 0)

  for (const [n, part] of [0.2, 0.6].entries()) {
    const signal = await killedRewrap(home, Math.ceil(sealed * part))
    const stored = envelopesIn(home).length
    check(
      `rewrap is killed midway (${n + 1})`,
      signal === 'SIGKILL' && stored < sealed,
      `${stored} of ${sealed} stored`,
    )
    const asked = Math.min(look, sealed)
    const step = Math.max(1, Math.floor(sealed / asked))
    const looked = Math.ceil(sealed / step)
    const opening = await countOpening(home, made, asked)
    check('all looked at open', opening === looked, `${opening} of ${looked}`)
    const { status, stderr } = run('keys', 'retire', '1')
    check('retiring is refused', status === 1 && /still needs? generation 1/.test(stderr), stderr.split('\n')[0])
  }
  const resumed = run('rewrap', '--json')
  const { rewrapped, current, failed } = JSON.parse(resumed.stdout)
  check(
    'resumed, it finishes what was left and makes nothing twice',
    resumed.status === 0 &&
      failed === 0 &&
      current > 0 &&
      rewrapped + current === sealed &&
      envelopesIn(home).length === sealed,
    resumed.stdout.trim(),
  )
  check('bodies are untouched: same checksums', bodiesIn(home) === before, `${before.split('\n').length} files`)
  check('keys retire 1', run('keys', 'retire', '1').status === 0)
  const opening = await countOpening(home, made)
  check('all open without the old generation', opening === sealed, `${opening} of ${sealed}`)
  refusesOldEnvelopes(home, made, check)
}

/** With the old generation enabled again, so that nothing but the catalogue stands in the way. */
function refusesOldEnvelopes(home: string, made: readonly Populated[], check: Check): void {
  const { run } = commandLine(home)
  check('the old generation is enabled again', run('keys', 'retire', '1', '--undo').status === 0)
  const originals = made.filter(({ rendition }) => rendition === 'original')
  const [first, second] = [originals[0]?.id ?? '', originals[1]?.id ?? '']
  const linked = JSON.parse(run('link', second, '--json').stdout)

  for (const name of readdirSync(vaultOf(home)).filter((folder) => folder.startsWith('e'))) {
    for (const key of readdirSync(join(vaultOf(home), name))) {
      if (key.includes(first)) rmSync(join(vaultOf(home), name, key), { recursive: true })
    }
  }
  const missing = run('open', first)
  check(
    'without its newer envelope an object is refused, not opened by the old one',
    missing.status === 3 && missing.stdout === '' && missing.stderr.startsWith('error: authentication failed'),
    missing.stderr.trim(),
  )
  const catalogue = new DatabaseSync(join(home, 'catalogue.sqlite'))
  catalogue.prepare('UPDATE objects SET envelopeGeneration = 0 WHERE id = ?').run(second)
  catalogue.close()
  const rolledBack = run('open', linked.url)
  check(
    'a link made after the rewrap refuses a catalogue from before it',
    rolledBack.status === 1 && rolledBack.stdout === '' && /404/.test(rolledBack.stderr),
    rolledBack.stderr.trim(),
  )
}
