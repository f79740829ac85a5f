// A home whose keys are older than its vault: everybody says which key is not here, and nothing passes for well.
import { cpSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { jsonLines, safelight, sharedFolder } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const keys = join(home, 'keys')
const ids: string[] = []

async function put(input: string): Promise<void> {
  ids.push(String(jsonLines(await safelight(['put', '-', '--json'], { home, input }))[0]?.id))
}

beforeAll(async () => {
  await put('one')
  cpSync(keys, join(folder, 'old'), { recursive: true })
  expect(await safelight(['keys', 'rotate'], { home })).toMatchObject({ code: 0 })
  await put('two')
  renameSync(keys, join(folder, 'new'))
  cpSync(join(folder, 'old'), keys, { recursive: true })
})

const NOT_HERE = /local\/kem-0002-[0-9a-f]{8}, which is not here: restore a newer backup, .*safelight keys restore FILE/

async function checks(): Promise<readonly Record<string, unknown>[]> {
  const [{ checks = [] } = {}] = jsonLines(await safelight(['doctor', '--json'], { home }))
  return Array.isArray(checks) ? checks : []
}

describe('where a generation is missing', () => {
  test('doctor counts who needs it, and finds nothing well', async () => {
    expect(await checks()).toContainEqual({
      ...{ check: 'vault-keys', status: 'problem' },
      detail: expect.stringMatching(/^1 object needs local\/kem-0002-[0-9a-f]{8}, which is not here$/),
      mend: expect.stringMatching(/^restore a newer backup/),
    })
  })

  test('what does not open for it is refused as ever, with a hint at the key, and the rest opens', async () => {
    const refused = await safelight(['open', ids[1] ?? ''], { home })
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    const [error, hint, ...more] = refused.stderr.split('\n')
    expect([error, ...more]).toEqual(['error: authentication failed', ''])
    expect(hint).toMatch(NOT_HERE)
    const inspected = await safelight(['inspect', ids[1] ?? ''], { home })
    expect(inspected.stdout).toContain(/local\/kem-\S+(?=, )/.exec(hint ?? '')?.[0] ?? 'none')
    expect(await safelight(['open', ids[0] ?? ''], { home })).toMatchObject({ code: 0, stdout: 'one' })
  })

  test('so do verify and rewrap', async () => {
    const hint = expect.stringMatching(NOT_HERE)
    const verified = await safelight(['verify', '--all', '--json'], { home })
    expect(verified.code).toBe(3)
    expect(jsonLines(verified)).toContainEqual(
      expect.objectContaining({ id: ids[1], ok: false, reason: 'authentication-failed', hint }),
    )
    const rewrapped = await safelight(['rewrap', '--json'], { home })
    expect(rewrapped.code).toBe(1)
    expect(jsonLines(rewrapped)[0]).toEqual({ id: ids[1], object: ids[1], reason: 'authentication-failed', hint })
  })

  test('a changed object whose key is here gets no such hint', async () => {
    const sealed = await safelight(['seal', '-'], { home, input: 'changed' })
    const bytes = Buffer.from(sealed.bytes)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    const refused = await safelight(['verify', '-'], { home, input: bytes })
    expect(refused).toMatchObject({ code: 3, stderr: 'error: authentication failed\n' })
  })

  test('no sound catalogue gives way to one without the object, unless told twice; doctor counts it then', async () => {
    const refused = await safelight(['catalogue', 'rebuild', '--force'], { home })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(
      /^error: 1 object needs local\/kem-0002-\S+, which is not here, and would be left out\n/,
    )
    expect(jsonLines(await safelight(['ls', '--json'], { home }))).toHaveLength(2)
    const forced = await safelight(['catalogue', 'rebuild', '--force', '--incomplete', '--json'], { home })
    expect(forced.code).toBe(1)
    expect(jsonLines(await safelight(['ls', '--json'], { home }))).toHaveLength(1)
    expect(await checks()).toContainEqual(
      expect.objectContaining({ check: 'vault-unlisted', detail: '1 object in the vault is not in the catalogue' }),
    )
  })
})

test('where a generation is retired, the hint is how to undo it', async () => {
  rmSync(keys, { recursive: true })
  cpSync(join(folder, 'new'), keys, { recursive: true })
  const sealed = join(folder, 'one.slv')
  cpSync(join(folder, 'old'), join(folder, 'then', 'keys'), { recursive: true })
  cpSync(join(home, 'config.json'), join(folder, 'then', 'config.json'))
  const then = await safelight(['seal', '-', '-o', sealed], { home: join(folder, 'then'), input: 'of then' })
  expect(then).toMatchObject({ code: 0 })
  expect(await safelight(['rewrap'], { home })).toMatchObject({ code: 0 })
  expect(await safelight(['keys', 'retire', '1'], { home })).toMatchObject({ code: 0 })
  expect(await safelight(['open', sealed], { home })).toMatchObject({
    ...{ code: 3, stdout: '' },
    stderr: expect.stringMatching(
      /^error: authentication failed\nhint: .* generation 1, retired here: safelight keys retire 1 --undo\n$/,
    ),
  })
})
