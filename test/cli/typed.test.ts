import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../cli/table.ts'
import { asTyped, ON_STACKS } from '../../cli/typed.ts'
import { safelight, temporaryFolder } from './run.ts'

const root = join(import.meta.dirname, '..', '..')

describe('a command in running text', () => {
  test('is named as the person can paste it', () => {
    for (const [text, expected] of [
      ['safelight keys backup FILE', './safelight keys backup FILE'],
      ['`safelight doctor` says why', '`./safelight doctor` says why'],
      ['run safelight keys init: it mends', 'run ./safelight keys init: it mends'],
      ['safelight rewrap && safelight keys retire 1', './safelight rewrap && ./safelight keys retire 1'],
      [
        'usage: safelight COMMAND [ARGUMENTS]\n\nsafelight COMMAND --help',
        'usage: ./safelight COMMAND [ARGUMENTS]\n\n./safelight COMMAND --help',
      ],
      ['did you mean safelight inspect?', 'did you mean ./safelight inspect?'],
      ['there is no safelight keys destroy', 'there is no ./safelight keys destroy'],
      ['let safelight serve.', 'let ./safelight serve.'],
    ]) {
      expect(asTyped(text ?? '', './safelight')).toBe(expected)
    }
  })

  test('stays where nobody said how it is called, and file names stay', () => {
    expect(asTyped('safelight ls lists', undefined)).toBe('safelight ls lists')
    for (const text of ['safelight link.jpg', '/x/safelight ls', 'my-safelight ls', 'safelight 0.1.0', 'safelighted']) {
      expect(asTyped(text, './safelight')).toBe(text)
    }
  })

  test('is about the stack that was named', () => {
    for (const [text, expected] of [
      ['works once; safelight revoke ab12 ends it', 'works once; safelight revoke --stack Eu ab12 ends it'],
      ['run `safelight keys init`', 'run `safelight keys --stack Eu init`'],
      ['safelight rewrap && safelight ls', 'safelight rewrap --stack Eu && safelight ls --stack Eu'],
      ['safelight keys init --stack Eu', 'safelight keys init --stack Eu'],
      ['safelight serve, safelight links.jpg', 'safelight serve, safelight links.jpg'],
    ]) {
      expect(asTyped(text ?? '', undefined, 'Eu')).toBe(expected)
    }
  })

  test('knows the commands that take a stack', async () => {
    const taking: string[] = []
    for (const [name, { load }] of Object.entries(COMMANDS)) {
      if ((await load()).command.help.includes('  --stack NAME')) taking.push(name)
    }
    expect([...ON_STACKS].toSorted()).toEqual(taking.toSorted())
  })

  test('survives a folder with spaces, and a path that looks like a replacement', () => {
    expect(asTyped('safelight ls', "/my o'pictures/safelight")).toBe("'/my o'\\''pictures/safelight' ls")
    expect(asTyped('safelight ls', '$&/safelight')).toBe("'$&/safelight' ls")
    expect(asTyped('safelight ls', 'npm run safelight --')).toBe('npm run safelight -- ls')
  })

  test('is rewritten in hints, help and warnings alike', async () => {
    const env = { SAFELIGHT_COMMAND: './safelight' }
    const [wrong, help, missing] = await Promise.all([
      safelight(['inspcet'], { env }),
      safelight(['put', '--help'], { env }),
      safelight(['ls'], { env }),
    ])
    expect(wrong.stderr).toContain('hint: did you mean ./safelight inspect?')
    expect(help.stdout).toMatch(/^usage: \.\/safelight put FILE/)
    expect(help.stdout).not.toMatch(/(?<!\/)safelight (put|serve)/)
    expect(missing.stderr).toContain('hint: ./safelight keys init makes them, ./safelight keys restore')
  })
})

describe('./safelight', () => {
  const run = (command: string, args: readonly string[], cwd: string) => {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`
    const env = { PATH, HOME: cwd, SAFELIGHT_HOME: join(cwd, 'home') }
    return spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  }

  test('runs from any folder, by a link too, and paths are meant from there', () => {
    const cwd = temporaryFolder()
    const script = join(root, 'safelight')
    const here = run(script, ['inspect', 'none.slv'], cwd)
    expect(here).toMatchObject({ status: 1, stdout: '', stderr: 'error: none.slv: no such file or folder\n' })
    symlinkSync(script, join(cwd, 'sl'))
    const linked = run('./sl', ['ls'], cwd)
    expect(linked.status).toBe(1)
    expect(linked.stderr).toContain('hint: ./sl keys init makes them')
  })

  test('is what hints name to whoever came by scripts/run.mjs', () => {
    const cwd = temporaryFolder()
    const ran = run(process.execPath, [join(root, 'scripts', 'run.mjs'), 'safelight', '--help'], root)
    expect(ran.stdout).toMatch(/^usage: \.\/safelight COMMAND/)
    const elsewhere = run(process.execPath, [join(root, 'scripts', 'run.mjs'), 'safelight', '--help'], cwd)
    expect(elsewhere.stdout).toMatch(/^usage: (\.\.\/)+.*\/safelight COMMAND/)
  })
})
