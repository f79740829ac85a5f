import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { jsonLines, safelight, sharedFolder, temporaryFolder } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const plain = join(folder, 'plain.bin')
const sealed = join(folder, 'sealed.slv')
const bytes = Buffer.alloc(40_000, 'not an image, and sealed all the same; ')
const ID = /^[0-9a-f]{32}$/

beforeAll(async () => {
  writeFileSync(plain, bytes)
  const ran = await safelight(['seal', plain, '-o', sealed, '--json'], { home })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(jsonLines(ran)).toEqual([
    {
      ...{ id: expect.stringMatching(ID), tier: 'restricted', score: 1, bytesIn: bytes.length },
      ...{ bytesOut: readFileSync(sealed).length, out: sealed, ms: expect.any(Number) },
    },
  ])
})

describe('a sealed file', () => {
  test('opens to the exact bytes, as a file, on stdout, and from stdin', async () => {
    const out = join(temporaryFolder(), 'out')
    const ran = await safelight(['open', sealed, '-o', out, '--json'], { home })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(jsonLines(ran)).toEqual([{ bytes: bytes.length, out, ms: expect.any(Number) }])
    expect(readFileSync(out).equals(bytes)).toBe(true)
    const piped = await safelight(['open', '-'], { home, input: readFileSync(sealed) })
    expect(piped).toMatchObject({ code: 0, stderr: '' })
    expect(piped.bytes.equals(bytes)).toBe(true)
  })

  test('opens in ranges', async () => {
    for (const [range, expected] of [
      ['0-0', bytes.subarray(0, 1)],
      ['16383-16384', bytes.subarray(16_383, 16_385)],
      ['39990-', bytes.subarray(39_990)],
    ] as const) {
      const ran = await safelight(['open', sealed, '--range', range], { home })
      expect(ran.code, range).toBe(0)
      expect(ran.bytes.equals(expected), range).toBe(true)
    }
    expect(await safelight(['open', sealed, '--range', '40000-'], { home })).toMatchObject({ code: 2, stdout: '' })
  })

  test('verifies, and says what it is without keys', async () => {
    const ran = await safelight(['verify', sealed, '--json'], { home })
    expect(jsonLines(ran)).toEqual([{ ok: true, bytes: bytes.length }])
    const [shown] = jsonLines(await safelight(['inspect', sealed, '--json']))
    expect(shown).toEqual({
      ...{ format: 'SLV1', suite: 2, id: expect.stringMatching(ID), tier: 'restricted', size: bytes.length },
      ...{ created: expect.stringMatching(/^\d{4}-.*Z$/), headerBytes: expect.any(Number), chunks: 3 },
      recipients: [{ kind: 'hybrid', keyId: expect.any(String), kmsKeyId: expect.any(String) }],
      sealedSize: readFileSync(sealed).length,
    })
  })

  test.each([0, 40, 3_000, 6_000, -20_000, -1])('with byte %i changed is refused and leaves no file', async (at) => {
    const place = temporaryFolder()
    const bad = readFileSync(sealed)
    const index = at < 0 ? bad.length + at : at
    bad[index] = (bad[index] ?? 0) ^ 1
    writeFileSync(join(place, 'bad.slv'), bad)
    // Where even the first bytes are others, a mix-up of files is likelier than damage, and the hint says so.
    const stderr = expect.stringMatching(
      at === 0 ? /^error: authentication failed\nhint: this does not begin/ : /^error: authentication failed\n$/,
    )
    const refused = { code: 3, stdout: '', stderr }
    expect(await safelight(['open', 'bad.slv', '-o', 'out'], { home, cwd: place })).toMatchObject(refused)
    expect(readdirSync(place)).toEqual(['bad.slv'])
  })

  test('cut short or made longer is refused', async () => {
    const whole = readFileSync(sealed)
    for (const input of [whole.subarray(0, -1), whole.subarray(0, 10_000), Buffer.concat([whole, Buffer.alloc(1)])]) {
      expect(await safelight(['verify', '-'], { home, input })).toMatchObject({
        ...{ code: 3, stderr: 'error: authentication failed\n' },
      })
    }
  })

  test('is not opened by another deployment', async () => {
    const other = join(temporaryFolder(), 'other')
    expect(await safelight(['keys', 'init'], { home: other })).toMatchObject({ code: 0 })
    expect(await safelight(['open', sealed], { home: other })).toMatchObject({
      ...{ code: 3, stdout: '' },
      stderr: expect.stringMatching(/^error: authentication failed\nhint: .*local\/kem-\S+, which is not here: .*\n$/),
    })
  })

  test('is not opened without a deployment, and none is made', async () => {
    const none = join(temporaryFolder(), 'none')
    for (const command of ['open', 'verify']) {
      const ran = await safelight([command, sealed], { home: none })
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toMatch(/^error: this home has no keys\nhint: /)
    }
    expect(existsSync(none)).toBe(false)
  })
})

describe('sealing', () => {
  test('keeps the original and never the same bytes twice', async () => {
    const again = join(temporaryFolder(), 'again.slv')
    expect(await safelight(['seal', plain, '-o', again], { home })).toMatchObject({ code: 0 })
    expect(readFileSync(plain).equals(bytes)).toBe(true)
    expect(readFileSync(again).subarray(200).equals(readFileSync(sealed).subarray(200))).toBe(false)
  })

  test('writes beside the original when nothing else is said, and does not overwrite', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'a.txt'), 'a')
    expect(await safelight(['seal', 'a.txt'], { home, cwd })).toMatchObject({ code: 0 })
    expect(readdirSync(cwd).sort()).toEqual(['a.txt', 'a.txt.slv'])
    const before = readFileSync(join(cwd, 'a.txt.slv'))
    const refused = await safelight(['seal', 'a.txt'], { home, cwd })
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toBe(
      'error: a.txt.slv exists already\nhint: choose another name, or --force to replace it\n',
    )
    expect(readFileSync(join(cwd, 'a.txt.slv')).equals(before)).toBe(true)
    expect(await safelight(['seal', 'a.txt', '--force'], { home, cwd })).toMatchObject({ code: 0 })
  })

  test('works from stdin to stdout, also past what is kept in memory', async () => {
    for (const size of [0, 1, 9_000_000]) {
      const input = Buffer.alloc(size, 'spooled ')
      const ran = await safelight(['seal', '-'], { home, input })
      expect(ran.code).toBe(0)
      expect((await safelight(['open', '-'], { home, input: ran.bytes })).bytes.equals(input), String(size)).toBe(true)
    }
  })

  test('says no name of the file to the outside', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'patient-doe.txt'), 'x')
    await safelight(['seal', 'patient-doe.txt', '-o', 'out.slv'], { home, cwd })
    expect(readFileSync(join(cwd, 'out.slv')).includes('patient-doe')).toBe(false)
    expect((await safelight(['inspect', 'out.slv', '--json'], { cwd })).stdout).not.toContain('patient')
  })

  test('with --json needs a file to write to', async () => {
    expect(await safelight(['seal', plain, '-o', '-', '--json'], { home })).toMatchObject({ code: 2, stdout: '' })
    expect(await safelight(['open', sealed, '--json'], { home })).toMatchObject({ code: 2, stdout: '' })
  })
})
