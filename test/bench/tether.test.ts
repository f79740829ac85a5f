/** A benchmark that is killed, also by a signal that nobody can answer, leaves nobody at work: no process and no emulator. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../rules/tree.ts'

/** Until the emulator is started; it never answers, and is waited for a minute. */
const START_MS = 120_000
const END_MS = 20_000

let folder: string
let emulator: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelight-tether-'))
  emulator = join(folder, 'never-answers')
  await writeFile(emulator, '#!/bin/sh\nsleep 600\n', { mode: 0o755 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Running {
  readonly pid: number
  readonly command: string
}

/** Everybody whom this process started, and they. */
function descendantsOf(of: number): Running[] {
  const listed = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const all = listed.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
  const startedBy = (parent: number): Running[] =>
    all.flatMap(([, pid, ppid, command = '']) =>
      Number(ppid) === parent ? [{ pid: Number(pid), command }, ...startedBy(Number(pid))] : [],
    )
  return startedBy(of)
}

function isAlive({ pid }: Running): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'by %s',
  async (signal) => {
    const cli = spawn(process.execPath, ['--no-warnings', join(root, 'cli', 'main.ts'), 'bench', 'aws', '20'], {
      stdio: 'ignore',
      env: { ...process.env, SAFELIGHT_TEST_MINISTACK: emulator },
    })
    let started: readonly Running[] = []
    const isStarted = () => started.some(({ command }) => command === 'sleep 600')
    for (const until = Date.now() + START_MS; !isStarted() && Date.now() < until; await sleep(100)) {
      started = descendantsOf(cli.pid ?? 0)
    }
    expect(isStarted()).toBe(true)
    cli.kill(signal)
    for (const until = Date.now() + END_MS; started.some(isAlive) && Date.now() < until; ) await sleep(50)
    const left = started.filter(isAlive)
    for (const { pid } of left) process.kill(pid, 'SIGKILL')
    expect(left).toEqual([])
  },
  START_MS + 2 * END_MS,
)
