// A `put` that nobody waits for any more, or that waits in a home which was taken away, ends, and its sealing process too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { MAIN, safelight, start, temporaryFolder } from './run.ts'

const POLL_MS = 50

/** Processes that name this text in their arguments or environment: a command and its sealing process name the home. */
function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => ['cmdline', 'environ'].some((file) => readIfThere(join('/proc', pid, file)).includes(text)))
    .map(Number)
    .filter((pid) => pid !== process.pid)
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(POLL_MS)
}

/** A home in which nothing can be sealed: a put waits there for ever, or nearly so. */
async function barrenHome(): Promise<string> {
  const home = join(temporaryFolder(), 'home')
  expect(await safelight(['keys', 'init'], { home })).toMatchObject({ code: 0 })
  rmSync(join(home, 'keys', 'data.key'))
  return home
}

test('put ends when its home is taken away, with its sealing process', async () => {
  const home = await barrenHome()
  const child = start(['put', '-'], { home })
  child.stdin.end('waits')
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += data
  })
  await until(() => stderr.includes('trying again'))
  expect(processesOf(home).length).toBeGreaterThan(1)
  rmSync(home, { recursive: true, force: true })
  expect(await once(child, 'close')).toEqual([1, null])
  expect(stderr).toContain(`error: the home ${home} is gone`)
  await until(() => processesOf(home).length === 0)
})

test('put ends when whoever started it is killed, though its input stays open', async () => {
  const home = join(temporaryFolder(), 'home')
  // Whoever starts it hands on an input that we hold open, and is killed.
  const code = `require('node:child_process').spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' })`
  const { PATH = '' } = process.env
  const starter = spawn(process.execPath, ['-e', code, MAIN, 'put', '-'], { env: { PATH, SAFELIGHT_HOME: home } })
  starter.stdin.write('the first half')
  const received = join(home, 'objects', 'intake', 'tmp')
  await until(() => existsSync(received) && readdirSync(received).length > 0)
  starter.kill('SIGKILL')
  await until(() => processesOf(home).length === 0)
  starter.stdin.destroy()
})
