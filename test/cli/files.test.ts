import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CommandFailed, failureOf, UsageError } from '../../cli/errors.ts'
import { writeOutput } from '../../cli/files.ts'
import { nearest } from '../../cli/nearest.ts'
import { formatBytes, printable } from '../../cli/output.ts'
import { readPassphrase } from '../../cli/passphrase.ts'
import { parseRange } from '../../cli/ranges.ts'
import { spool } from '../../cli/spool.ts'
import { AuthenticationFailed, Unavailable } from '../../shared/platform/ports.ts'
import { temporaryFolder } from './run.ts'

async function* chunksOf(...parts: readonly string[]) {
  for (const part of parts) yield Buffer.from(part)
}

async function* failing() {
  yield Buffer.from('half')
  throw new AuthenticationFailed()
}

describe('an output file', () => {
  test('appears whole', async () => {
    const out = join(temporaryFolder(), 'out')
    expect(await writeOutput(out, chunksOf('a', '', 'bc'), { force: false })).toBe(3)
    expect(readFileSync(out, 'utf8')).toBe('abc')
  })

  test('does not appear at all when writing fails, nor does anything beside it', async () => {
    const folder = temporaryFolder()
    await expect(writeOutput(join(folder, 'out'), failing(), { force: false })).rejects.toThrow('authentication failed')
    expect(readdirSync(folder)).toEqual([])
  })

  test('that exists is kept, and kept when a forced replacement fails', async () => {
    const folder = temporaryFolder()
    const out = join(folder, 'out')
    writeFileSync(out, 'old')
    await expect(writeOutput(out, chunksOf('new'), { force: false })).rejects.toThrow(UsageError)
    await expect(writeOutput(out, failing(), { force: true })).rejects.toThrow('authentication failed')
    expect(readFileSync(out, 'utf8')).toBe('old')
    await writeOutput(out, chunksOf('new'), { force: true })
    expect(readFileSync(out, 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('that exists is refused before anything is read', async () => {
    const out = join(temporaryFolder(), 'out')
    writeFileSync(out, 'old')
    let read = false
    async function* watched() {
      read = true
      yield Buffer.from('new')
    }
    await expect(writeOutput(out, watched(), { force: false })).rejects.toThrow('exists already')
    expect(read).toBe(false)
  })

  test('that appears meanwhile is not replaced', async () => {
    const out = join(temporaryFolder(), 'out')
    async function* slow() {
      yield Buffer.from('ours')
      writeFileSync(out, 'theirs')
    }
    await expect(writeOutput(out, slow(), { force: false })).rejects.toThrow('exists already')
    expect(readFileSync(out, 'utf8')).toBe('theirs')
  })

  test('may be a device, which is written and not replaced', async () => {
    expect(await writeOutput('/dev/null', chunksOf('abc'), { force: false })).toBe(3)
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test('is no folder, and has a folder', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sub'))
    await expect(writeOutput(join(folder, 'sub'), chunksOf('x'), { force: false })).rejects.toThrow('that is a folder')
    const nowhere = writeOutput(join(folder, 'none', 'out'), chunksOf('x'), { force: false })
    await expect(nowhere).rejects.toThrow(CommandFailed)
  })

  test('with private contents is private', async () => {
    const out = join(temporaryFolder(), 'out')
    await writeOutput(out, chunksOf('x'), { force: false, mode: 0o600 })
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })
})

describe('a spool', () => {
  const collect = async (stream: AsyncIterable<Uint8Array>) => {
    const parts = []
    for await (const part of stream) parts.push(Buffer.from(part))
    return Buffer.concat(parts)
  }

  test.each([0, 1, 262_144, 262_145, 900_000])('of %i bytes reads back twice, in memory or on disk', async (size) => {
    const data = Buffer.alloc(size, 'safelight ')
    for (const limit of [0, 1_000_000]) {
      await using kept = await spool(chunksOf(data.toString()), limit)
      expect(kept.size).toBe(size)
      expect((await collect(kept.read())).equals(data)).toBe(true)
      expect((await collect(kept.read())).equals(data)).toBe(true)
    }
  })
})

describe('failures', () => {
  test('map to the documented exit codes', () => {
    expect(failureOf(new AuthenticationFailed())).toEqual({ exitCode: 3, message: 'authentication failed' })
    expect(failureOf(new UsageError('a', 'b'))).toEqual({ exitCode: 2, message: 'a', hint: 'b' })
    expect(failureOf(new CommandFailed('a', 'b'))).toEqual({ exitCode: 1, message: 'a', hint: 'b' })
    expect(failureOf(new Unavailable('the key service did not answer'))).toMatchObject({
      ...{
        exitCode: 1,
        message: 'the key service did not answer',
        hint: 'safelight doctor says what is wrong here',
      },
    })
    expect(failureOf(new TypeError('first\nsecond'))).toMatchObject({ exitCode: 1, message: 'first' })
    expect(failureOf(undefined)).toMatchObject({ exitCode: 1 })
  })

  test('claim of no failure that nothing is lost: nobody knows', () => {
    for (const error of [new Unavailable('a sealed object is missing from the vault'), new Error('x')]) {
      expect(JSON.stringify(failureOf(error))).not.toMatch(/nothing is lost/)
    }
  })

  test('that are about the home name it', () => {
    const error = Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/srv/pictures/objects' })
    expect(failureOf(error, '/srv/pictures').message).toBe('the home /srv/pictures: permission denied')
    expect(failureOf(error, '/srv/pic').message).toBe('permission denied')
    const refused = new Unavailable('reading config.json: permission denied: run as its owner (EACCES)')
    expect(failureOf(refused, '/srv/pictures').hint).toMatch(/^the home is \/srv\/pictures; /)
  })

  test('of the system are told without the path', () => {
    const error = Object.assign(new Error("ENOENT: no such file, open '/secret/name'"), { code: 'ENOENT' })
    expect(failureOf(error).message).toBe('no such file or folder')
  })
})

describe('small things', () => {
  test('a byte range is inclusive and within the bytes', () => {
    expect(parseRange('0-9', 100)).toEqual({ first: 0, last: 9 })
    expect(parseRange('90-', 100)).toEqual({ first: 90, last: 99 })
    expect(parseRange('90-1000', 100)).toEqual({ first: 90, last: 99 })
    for (const bad of ['', '-', '-5', '5-4', '100-', 'a-b', '1-2-3', '0x1-2', '1.5-2', '0- 1']) {
      expect(() => parseRange(bad, 100), bad).toThrow(UsageError)
    }
    expect(() => parseRange('0-', 0)).toThrow(UsageError)
  })

  test('the nearest word is a near one', () => {
    const words = ['open', 'inspect', 'ls', 'keys']
    expect(['opne', 'inspct', 'lsa', 'key', 'KEYS', 'x', ''].map((word) => nearest(word, words))).toEqual([
      ...['open', 'inspect', 'ls', 'keys', undefined, undefined, undefined],
    ])
  })

  test('sizes and text are fit for a terminal', () => {
    expect([0, 1023, 1024, 1_500_000, 3 * 2 ** 40].map(formatBytes)).toEqual([
      ...['0 B', '1023 B', '1.0 KiB', '1.4 MiB', '3.0 TiB'],
    ])
    expect(printable('a\u0007\u202eb\n')).toBe('a\\u{7}\\u{202e}b\n')
  })

  test('a passphrase comes from the file before the environment, and is not empty', async () => {
    const file = join(temporaryFolder(), 'passphrase')
    writeFileSync(file, 'from the file\r\nsecond line\n')
    const env = { SAFELIGHT_PASSPHRASE: 'from the environment' }
    expect(await readPassphrase(env, { file, confirm: true })).toBe('from the file')
    expect(await readPassphrase(env, { file: undefined, confirm: true })).toBe('from the environment')
    await expect(readPassphrase({ SAFELIGHT_PASSPHRASE: '' }, { file: undefined, confirm: true })).rejects.toThrow(
      /empty/,
    )
    expect(existsSync(file)).toBe(true)
  })
})
