import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../cli/table.ts'
import { safelight, temporaryFolder } from './run.ts'

const names = Object.keys(COMMANDS)

describe('the command line', () => {
  test('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await safelight(['--version'])).toMatchObject({ code: 0, stdout: `safelight ${version}\n`, stderr: '' })
  })

  test('lists every command, and is a usage error without one', async () => {
    const [asked, none] = await Promise.all([safelight(['--help']), safelight([])])
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    for (const name of names) expect(asked.stdout).toContain(`\n  ${name.padEnd(8)}`)
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout })
  })

  test('suggests the command that was probably meant', async () => {
    const [near, swapped, far] = await Promise.all([
      safelight(['inspcet', 'x']),
      safelight(['asess']),
      safelight(['frobnicate']),
    ])
    expect(near).toMatchObject({ code: 2, stdout: '' })
    expect(near.stderr).toBe('error: there is no command inspcet\nhint: did you mean safelight inspect?\n')
    expect(swapped.stderr).toContain('did you mean safelight assess?')
    expect(far.stderr).toContain('hint: safelight --help lists the commands')
  })

  test('takes no inherited property for a command', async () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(await safelight([name])).toMatchObject({ code: 2 })
    }
  })

  test('refuses unknown options with the way to the help', async () => {
    const ran = await safelight(['inspect', 'x', '--frob'])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toBe("error: unknown option '--frob'\nhint: safelight inspect --help shows how it is used\n")
  })

  test('asks for a whole id where a part of one is not enough', async () => {
    const ran = await safelight(['erase', 'c3fa04', '--reason', 'subject-request'])
    const words = 'error: the id of an object has 32 hex digits, and all of them are needed here\n'
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(words) })
  })

  test('refuses too few and too many arguments', async () => {
    expect(await safelight(['inspect'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: FILE or ID is missing\n/),
    })
    for (const [name, words] of [
      ['put', 'FILE is missing'],
      ['link', 'ID is missing'],
      ['keys', 'say which: init, list, rotate, retire, backup, restore'],
    ] as const) {
      expect((await safelight([name])).stderr).toContain(`error: ${words}\n`)
    }
    expect(await safelight(['inspect', 'a', 'b'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: too many arguments: b\n/),
    })
  })

  test('colours only where it is wanted', async () => {
    const [plain, coloured, never] = await Promise.all([
      safelight(['nope']),
      safelight(['nope'], { env: { FORCE_COLOR: '1' } }),
      safelight(['nope'], { env: { NO_COLOR: '1' } }),
    ])
    expect(plain.stderr).not.toContain('\u001b')
    expect(never.stderr).not.toContain('\u001b')
    expect(coloured.stderr).toContain('\u001b[')
  })

  test('names a missing file as it was typed, without a stack', async () => {
    const ran = await safelight(['inspect', 'no-such-file.slv'])
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'error: no-such-file.slv: no such file or folder\n' })
    const debugged = await safelight(['inspect', 'no-such-file.slv'], { env: { SAFELIGHT_DEBUG: '1' } })
    expect(debugged.stderr).toContain('    at ')
  })

  test('sends no control character of a file name to the terminal', async () => {
    const ran = await safelight(['inspect', 'a\u001b[2Jb'])
    expect(ran.stderr).toBe('error: a\\u{1b}[2Jb: no such file or folder\n')
  })

  test('tells what was never sealed from what is damaged', async () => {
    for (const input of ['', 'S', 'not a sealed file '.repeat(5_000)]) {
      expect(await safelight(['inspect', '-'], { input })).toMatchObject({
        ...{ code: 1, stdout: '', stderr: expect.stringMatching(/^error: -: not a sealed file\nhint: /) },
      })
    }
    expect(await safelight(['inspect', '-'], { input: 'SLV1' })).toMatchObject({
      ...{ code: 3, stdout: '', stderr: 'error: authentication failed\n' },
    })
  })

  test('makes no home by reading', async () => {
    const home = join(temporaryFolder(), 'home')
    await safelight(['inspect', '-'], { home, input: 'x' })
    expect(existsSync(home)).toBe(false)
  })
})

describe('every command', () => {
  test('has one file and one entry', () => {
    const files = readdirSync(new URL('../../cli/commands/', import.meta.url)).map((file) => file.replace('.ts', ''))
    expect(files.sort()).toEqual([...names].sort())
  })

  test.each(names)('%s explains itself: usage, options, examples', async (name) => {
    const { command } = (await COMMANDS[name]?.load()) ?? {}
    expect(command?.name).toBe(name)
    expect(command?.summary).toBe(COMMANDS[name]?.summary)
    expect(command?.help).toMatch(new RegExp(`^usage: safelight ${name}\\b`))
    expect(command?.help).toMatch(/\n {2}(-\w, | {4})--json /)
    expect(command?.help).toMatch(/\nexamples:\n {2}safelight /)
    for (const line of command?.help.split('\n') ?? []) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  test('shows its help with --help, -h and help NAME alike', async () => {
    const [long, short, word] = await Promise.all([
      safelight(['inspect', '--help']),
      safelight(['inspect', 'x', '-h']),
      safelight(['help', 'inspect']),
    ])
    expect(long).toMatchObject({ code: 0, stderr: '' })
    expect(short.stdout).toBe(long.stdout)
    expect(word.stdout).toBe(long.stdout)
  })
})

test('an action that has two forms is named once', async () => {
  const { stderr } = await safelight(['catalogue'])
  expect(stderr).toContain('say which: rebuild\n')
})
