// Rotating, rewrapping, retiring and rebuilding as a person does it, each command a process of its own.
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../support/server.ts'
import { jsonLines, safelight, sharedFolder, temporaryFolder } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const files = ['one', 'two'].map((name) => join(folder, `${name}.txt`))
let ids: string[] = []

beforeAll(async () => {
  for (const file of files) writeFileSync(file, `the content of ${file}`)
  const put = await safelight(['put', '--json', ...files], { home })
  ids = jsonLines(put).map(({ id }) => String(id))
  expect(ids).toHaveLength(2)
})

async function contents(of = home): Promise<string[]> {
  const opened = await Promise.all(ids.map((id) => safelight(['open', id], { home: of })))
  return opened.map(({ stdout }) => stdout)
}
const original = () => files.map((file) => readFileSync(file, 'utf8'))

describe('keys', () => {
  test('rotate, rewrap, retire: in this order, each says what comes next', async () => {
    const early = await safelight(['keys', 'retire', '1'], { home })
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('hint: safelight keys rotate') })
    const rotated = await safelight(['keys', 'rotate', '--json'], { home })
    expect(jsonLines(rotated)).toEqual([{ generation: 2, keyId: expect.stringContaining('kem-0002'), linkKid: 1 }])
    const refused = await safelight(['keys', 'retire', '1'], { home })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toBe(
      'error: 2 objects still need generation 1\nhint: safelight rewrap brings them under the current keys\n',
    )
    const rewrapped = await safelight(['rewrap', '--json'], { home })
    expect(jsonLines(rewrapped)).toEqual([{ rewrapped: 2, current: 0, failed: 0, ms: expect.any(Number) }])
    expect(jsonLines(await safelight(['rewrap', '--json'], { home }))).toMatchObject([{ rewrapped: 0, current: 2 }])
    const retired = { generation: 1, state: 'retired', changed: true }
    expect(jsonLines(await safelight(['keys', 'retire', '1', '--json'], { home }))).toEqual([retired])
    expect(jsonLines(await safelight(['keys', 'list', '--json'], { home }))).toMatchObject([
      { generation: 1, state: 'retired', current: false },
      { generation: 2, state: 'active', current: true },
    ])
    expect(await contents()).toEqual(original())
    expect((await safelight(['doctor', '--json'], { home })).stdout).toContain('"keys-match-1024","status":"ok"')
  })

  test('a file sealed under a retired generation opens once that is undone', async () => {
    const other = join(temporaryFolder(), 'home')
    const sealed = await safelight(['seal', '-'], { home: other, input: 'kept' })
    await safelight(['keys', 'rotate'], { home: other })
    expect(await safelight(['keys', 'retire', '1'], { home: other })).toMatchObject({ code: 0 })
    expect(await safelight(['open', '-'], { home: other, input: sealed.bytes })).toMatchObject({ code: 3, stdout: '' })
    expect(await safelight(['keys', 'retire', '1', '--undo'], { home: other })).toMatchObject({ code: 0 })
    expect(await safelight(['open', '-'], { home: other, input: sealed.bytes })).toMatchObject({ stdout: 'kept' })
  })

  test('retire takes the number of a generation', async () => {
    for (const operand of ['', 'x', '0', '1.5', '-1']) {
      expect((await safelight(['keys', 'retire', '--', operand], { home })).code).toBe(2)
    }
    expect(await safelight(['keys', 'retire', '9'], { home })).toMatchObject({ code: 1 })
    expect(await safelight(['keys', 'retire'], { home })).toMatchObject({ code: 2 })
  })

  test('a server that runs seals under the new generation at once, and opens what was sealed under both', async () => {
    const other = join(temporaryFolder(), 'home')
    const server = await startServer({ home: other })
    try {
      const put = (file: string) => safelight(['put', '--json', file], { home: other })
      const before = String(jsonLines(await put(files[0] ?? ''))[0]?.id)
      await safelight(['keys', 'rotate'], { home: other })
      const after = String(jsonLines(await put(files[1] ?? ''))[0]?.id)
      const read = async (id: string) => (await server.api(`/api/objects/${id}/content`)).text()
      expect([await read(before), await read(after)]).toEqual(original())
      expect((await safelight(['rewrap'], { home: other })).code).toBe(0)
      expect((await safelight(['keys', 'retire', '1'], { home: other })).code).toBe(0)
      expect([await read(before), await read(after)]).toEqual(original())
    } finally {
      await server.stop()
    }
  })
})

describe('catalogue rebuild', () => {
  const catalogueOf = (of: string) => join(of, 'catalogue.sqlite')
  function copyOfHome(): string {
    const other = join(temporaryFolder(), 'home')
    cpSync(home, other, { recursive: true })
    return other
  }

  test.each([
    ['cut to nothing', (file: string) => truncateSync(file, 0)],
    ['cut in the middle', (file: string) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
    ['garbage', (file: string) => writeFileSync(file, createHash('sha512').update('x').digest())],
    [
      'overwritten behind its header',
      (file: string) => {
        const bytes = readFileSync(file)
        writeFileSync(file, bytes.fill(0xa5, 4096))
      },
    ],
  ])('brings everything back where the catalogue is %s, and the message names it', async (how, damage) => {
    const other = copyOfHome()
    damage(catalogueOf(other))
    const ls = await safelight(['ls'], { home: other })
    expect(ls.stdout).toBe('')
    expect(ls.stderr).toContain('safelight catalogue rebuild')
    const readers = [['verify', '--all'], ['rewrap'], ['open', ids[0] ?? ''], ['open', ids[0]?.slice(0, 9) ?? '']]
    // A damaged one says so itself, whoever asks.
    for (const command of how === 'cut to nothing' ? readers : []) {
      const ran = await safelight(command, { home: other })
      expect(ran.code, command.join(' ')).toBe(1)
      expect(ran.stderr, command.join(' ')).toContain('safelight catalogue rebuild')
    }
    expect((await safelight(['doctor'], { home: other })).stdout).toContain('safelight catalogue rebuild')
    const rebuilt = await safelight(['catalogue', 'rebuild', '--json'], { home: other })
    expect(rebuilt.code).toBe(0)
    expect(jsonLines(rebuilt)).toEqual([
      {
        ...{ rebuilt: 2, waiting: 0, superseded: 0, deleted: 0, renditionsLost: 0, failed: 0 },
        ...{ kept: expect.stringMatching(/^catalogue\..+\.sqlite$/), ms: expect.any(Number) },
      },
    ])
    expect(await contents(other)).toEqual(original())
    expect(readdirSync(other).filter((name) => /-wal$|-shm$|rebuilt/.test(name))).toEqual([])
  })

  test('refuses where the catalogue is sound, unless it is told to', async () => {
    const other = copyOfHome()
    const link = jsonLines(await safelight(['link', ids[0] ?? '', '--json'], { home: other }))[0]?.url
    const sound = await safelight(['catalogue', 'rebuild'], { home: other })
    expect(sound).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('hint: --force') })
    expect((await safelight(['open', String(link)], { home: other })).code).toBe(0)
    const second = jsonLines(await safelight(['link', ids[0] ?? '', '--json'], { home: other }))[0]?.url
    expect((await safelight(['catalogue', 'rebuild', '--force'], { home: other })).code).toBe(0)
    expect(await safelight(['open', String(second)], { home: other })).toMatchObject({ code: 1, stdout: '' })
    expect(await contents(other)).toEqual(original())
  })

  test('does not run while a server does', async () => {
    const other = copyOfHome()
    const server = await startServer({ home: other })
    try {
      const before = readFileSync(catalogueOf(other))
      const refused = await safelight(['catalogue', 'rebuild', '--force'], { home: other })
      expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('stop safelight serve') })
      expect(readFileSync(catalogueOf(other)).equals(before)).toBe(true)
      expect((await server.api(`/api/objects/${ids[0]}/content`)).status).toBe(200)
    } finally {
      await server.stop()
    }
  })

  test('names what does not open, exits with 1, and brings the rest back', async () => {
    const other = copyOfHome()
    const [stored = ''] = readdirSync(join(other, 'objects', 'vault'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.parentPath.includes(`o_2f${ids[0]}`))
      .map((entry) => join(entry.parentPath, entry.name))
    const bytes = readFileSync(stored)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(stored, bytes)
    const rebuilt = await safelight(['catalogue', 'rebuild', '--force', '--json'], { home: other })
    expect(rebuilt.code).toBe(1)
    expect(jsonLines(rebuilt)).toMatchObject([
      { id: ids[0], reason: 'authentication-failed' },
      { rebuilt: 1, failed: 1 },
    ])
    expect(await contents(other)).toEqual(['', original()[1]])
  })

  test('needs keys, and its action', async () => {
    const none = join(temporaryFolder(), 'none')
    expect(await safelight(['catalogue', 'rebuild'], { home: none })).toMatchObject({ code: 1 })
    for (const args of [['catalogue'], ['catalogue', 'erase']]) expect((await safelight(args, { home })).code).toBe(2)
  })
})
