/** A benchmark that is killed, by a signal that nobody can answer, leaves nobody at work. */
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { root } from '../rules/tree.ts'

const PATIENCE_MS = 30_000

/** Of everybody whom this process started, and they. */
function descendantsOf(pid: number): number[] {
  const listed = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = listed.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const children = pairs.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []))
  return children.flatMap((child) => [child, ...descendantsOf(child)])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.each(['SIGKILL', 'SIGTERM'] as const)('by %s', async (signal) => {
  const cli = spawn(process.execPath, ['--no-warnings', join(root, 'cli', 'main.ts'), 'bench', 'aws', '20'], {
    stdio: 'ignore',
    env: { ...process.env, SAFELIGHT_TEST_MINISTACK: 'nobody-gets-so-far' },
  })
  // The process of the benchmark, and that of the script among the tests.
  let started: readonly number[] = []
  for (const until = Date.now() + PATIENCE_MS; started.length < 2 && Date.now() < until; await sleep(50)) {
    started = descendantsOf(cli.pid ?? 0)
  }
  expect(started.length).toBeGreaterThanOrEqual(2)
  cli.kill(signal)
  for (const until = Date.now() + PATIENCE_MS; started.some(isAlive) && Date.now() < until; ) await sleep(50)
  expect(started.filter(isAlive)).toEqual([])
})
