import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { safelight, sharedFolder, temporaryFolder } from './run.ts'

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const folder = sharedFolder()
const home = join(folder, 'home')

/** A terminal of its own: answers each prompt (a line that ends in ": ") with the next of the given lines. */
const TERMINAL = `
import os, pty, sys
answers = sys.argv[1].split("|") if sys.argv[1] else []
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
out = b""
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    out += data
    if out.endswith(b": ") and answers:
        os.write(fd, answers.pop(0).encode() + b"\\r")
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

function inTerminal(args: readonly string[], answers: readonly string[] = [], cwd = folder) {
  const { PATH = '' } = process.env
  const env = { PATH, SAFELIGHT_HOME: home, TERM: 'dumb', NO_COLOR: '1' }
  return new Promise<{ code: number | string; output: string }>((resolve) => {
    const argv = ['-c', TERMINAL, answers.join('|'), process.execPath, MAIN, ...args]
    execFile('python3', argv, { env, cwd }, (error, output) =>
      resolve({ code: error ? (error.code ?? -1) : 0, output }),
    )
  })
}

beforeAll(async () => {
  expect(await safelight(['keys', 'init'], { home })).toMatchObject({ code: 0 })
})

describe('on a terminal', () => {
  test('binary data is refused before any work is done', async () => {
    for (const args of [
      ['seal', MAIN, '-o', '-'],
      ['open', MAIN],
      ['keys', 'backup', '-'],
    ]) {
      const { code, output } = await inTerminal(args)
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(output).toContain('error: not writing binary data to a terminal\r\nhint: ')
    }
  })

  test('a passphrase is asked for twice and never shown', async () => {
    const cwd = temporaryFolder()
    const { code, output } = await inTerminal(
      ['keys', 'backup', 'kept'],
      ['tip of the tongue', 'tip of the tongue'],
      cwd,
    )
    expect(code).toBe(0)
    expect(output).toMatch(/^passphrase: \r?\nonce more: \r?\n/)
    expect(output).not.toContain('tip of')
    const env = { SAFELIGHT_PASSPHRASE: 'tip of the tongue' }
    expect(await safelight(['keys', 'restore', 'kept'], { home: join(cwd, 'home'), cwd, env })).toMatchObject({
      code: 0,
    })
  })

  test('two different passphrases are no passphrase', async () => {
    const cwd = temporaryFolder()
    const { code, output } = await inTerminal(
      ['keys', 'backup', 'kept'],
      ['tip of the tongue', 'tap of the tongue'],
      cwd,
    )
    expect(code).toBe(2)
    expect(output).toContain('error: the two passphrases differ')
    expect(readdirSync(cwd)).toEqual([])
  })

  test('Ctrl-C at the prompt ends the command without a trace', async () => {
    const cwd = temporaryFolder()
    const { code } = await inTerminal(['keys', 'backup', 'kept'], ['tip of\u0003'], cwd)
    expect(code).toBe(130)
    expect(existsSync(join(cwd, 'kept'))).toBe(false)
  })
})
