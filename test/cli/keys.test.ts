import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { jsonLines, safelight, sharedFolder, temporaryFolder } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const backup = join(folder, 'keys.backup')
const env = { SAFELIGHT_PASSPHRASE: 'correct horse battery' }
let made: Record<string, unknown> | undefined

beforeAll(async () => {
  const ran = await safelight(['keys', 'init', '--json'], { home })
  expect(ran.code).toBe(0)
  made = jsonLines(ran)[0]
})

describe('keys', () => {
  test('are made once, and listed without a secret', async () => {
    expect(made).toEqual({ generation: 1, keyId: expect.any(String), made: true, pinned: [] })
    const again = await safelight(['keys', 'init', '--json'], { home })
    expect(jsonLines(again)).toEqual([{ ...made, made: false }])
    const list = await safelight(['keys', 'list', '--json'], { home })
    expect(jsonLines(list)).toEqual([
      { generation: 1, keyId: made?.keyId, state: 'active', current: true, created: expect.stringMatching(/Z$/) },
    ])
    const human = (await safelight(['keys', 'list'], { home })).stdout
    for (const file of readdirSync(join(home, 'keys')).filter((name) => /seed|\.key$/.test(name))) {
      const secret = readFileSync(join(home, 'keys', file))
      for (const form of ['hex', 'base64', 'base64url'] as const) {
        expect(human + list.stdout).not.toContain(secret.toString(form))
      }
    }
  })

  test('that are not there are not listed, backed up or made by asking', async () => {
    const none = join(temporaryFolder(), 'none')
    for (const action of ['list', 'backup']) {
      expect(await safelight(['keys', action], { home: none, env })).toMatchObject({
        ...{ code: 1, stdout: '', stderr: expect.stringMatching(/^error: there are no keys yet\nhint: /) },
      })
    }
    expect(existsSync(none)).toBe(false)
  })

  test('refuse other actions', async () => {
    expect(await safelight(['keys', 'destroy'], { home })).toMatchObject({ code: 2 })
    expect(await safelight(['keys', 'restore'], { home })).toMatchObject({ code: 2 })
    expect(await safelight(['keys', 'init', 'x'], { home })).toMatchObject({ code: 2 })
  })
})

describe('a backup', () => {
  test('is private, under the passphrase, and brings every key to another home', async () => {
    const ran = await safelight(['keys', 'backup', backup, '--json'], { home, env })
    expect(jsonLines(ran)).toEqual([{ out: backup, bytes: statSync(backup).size }])
    expect(statSync(backup).mode & 0o777).toBe(0o600)

    const sealed = await safelight(['seal', '-'], { home, input: 'kept' })
    const other = join(temporaryFolder(), 'other')
    // As whoever copies the vault into it first makes it.
    mkdirSync(other, { mode: 0o755 })
    const restored = await safelight(['keys', 'restore', backup, '--json'], { home: other, env })
    const generations = [{ generation: 1, keyId: expect.stringContaining('kem-0001'), state: 'active' }]
    expect(jsonLines(restored)).toEqual([{ restored: readdirSync(join(home, 'keys')).length, generations }])
    expect(statSync(other).mode & 0o777).toBe(0o700)
    expect((await safelight(['doctor'], { home: other })).stdout).toMatch(/^ok +backup: the keys were backed up on/m)
    expect((await safelight(['open', '-'], { home: other, input: sealed.bytes })).stdout).toBe('kept')
    const again = await safelight(['keys', 'restore', backup], { home: other, env })
    expect(again.stdout).toBe('every key was here already; of this home now: generation 1 seals and opens\n')
    expect(again.stderr).toBe('next: safelight doctor, then safelight verify --all\n')
  })

  test('does not open with another passphrase, and nothing is made', async () => {
    const other = join(temporaryFolder(), 'other')
    const wrong = { SAFELIGHT_PASSPHRASE: 'incorrect horse battery' }
    const ran = await safelight(['keys', 'restore', backup], { home: other, env: wrong })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/^error: wrong passphrase/)
    expect(existsSync(other)).toBe(false)
  })

  test('needs a passphrase from somewhere, and not a short one', async () => {
    const cwd = temporaryFolder()
    const short = await safelight(['keys', 'backup', 'a'], { home, cwd, env: { SAFELIGHT_PASSPHRASE: 'short' } })
    expect(short).toMatchObject({ code: 1, stderr: expect.stringMatching(/at least 8/) })
    writeFileSync(join(cwd, 'phrase'), 'from a file, long enough\n')
    expect(await safelight(['keys', 'backup', 'b', '--passphrase-file', 'phrase'], { home, cwd })).toMatchObject({
      code: 0,
    })
    expect(readdirSync(cwd).sort()).toEqual(['b', 'phrase'])
  })

  test('to a folder that is not there is refused before the passphrase, and one in the home itself warned of', async () => {
    const refused = await safelight(['keys', 'backup', join(folder, 'none', 'a')], { home })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(`there is no folder ${join(folder, 'none')}\nhint: make it first`)
    const inside = await safelight(['keys', 'backup', join(home, 'b'), '--json'], { home, env })
    expect(inside).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning: .* lies in the home /) })
  })

  test('does not replace another file', async () => {
    const before = readFileSync(backup)
    const refused = await safelight(['keys', 'backup', backup], { home, env })
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/exists already\nhint: .*--force/) })
    expect(refused.stderr).not.toContain('-o')
    expect(readFileSync(backup).equals(before)).toBe(true)
  })
})
