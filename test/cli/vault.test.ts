import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { jsonLines, safelight, sharedFolder, temporaryFolder } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const picture = join(folder, 'picture.png')
const ID = /^[0-9a-f]{32}$/
let id = ''

const run = (...args: string[]) => safelight(args, { home })

beforeAll(async () => {
  await sharp({ create: { width: 640, height: 400, channels: 3, background: '#3a6ea5' } })
    .png()
    .toFile(picture)
  const ran = await run('put', picture, '--json')
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const [put] = jsonLines(ran)
  expect(put).toEqual({
    ...{ file: picture, id: expect.stringMatching(ID), tier: 'public', size: readFileSync(picture).length },
    ...{ erased: false, ms: expect.any(Number) },
  })
  id = String(put?.id)
})

describe('put', () => {
  test('leaves the original, and an object that opens to it', async () => {
    expect(existsSync(picture)).toBe(true)
    const opened = await run('open', id)
    expect(opened).toMatchObject({ code: 0, stderr: '' })
    expect(opened.bytes.equals(readFileSync(picture))).toBe(true)
  })

  test('erases the original only when asked to, after it is sealed', async () => {
    const copy = join(temporaryFolder(), 'copy.png')
    writeFileSync(copy, readFileSync(picture))
    const [put] = jsonLines(await run('put', '--erase', '--json', copy))
    expect(put).toMatchObject({ erased: true })
    expect(existsSync(copy)).toBe(false)
    expect((await run('open', String(put?.id))).bytes.equals(readFileSync(picture))).toBe(true)
  })

  test('takes stdin', async () => {
    const ran = await safelight(['put', '-', '--json'], { home, input: 'something' })
    const [put] = jsonLines(ran)
    expect(put).toMatchObject({ file: '-', tier: 'restricted', size: 9 })
    expect((await run('open', String(put?.id))).stdout).toBe('something')
  })
})

describe('ls', () => {
  test('lists objects without what is sealed', async () => {
    const [row] = jsonLines(await run('ls', '--json', '--tier', 'public')).filter((row) => row.id === id)
    expect(row).toEqual({
      ...{ id, tier: 'public', size: readFileSync(picture).length, created: expect.stringMatching(/Z$/) },
      renditions: ['preview', 'display'],
    })
    const human = await run('ls', '-n', '1')
    expect(human.stdout.split('\n')).toHaveLength(3)
    expect(human.stdout).not.toContain('picture')
  })

  test('refuses a tier that does not exist', async () => {
    expect(await run('ls', '--tier', 'secret')).toMatchObject({ code: 2 })
  })
})

describe('renditions', () => {
  test('open as pictures of their own', async () => {
    const preview = await run('open', id, '--rendition', 'preview')
    const { width } = await sharp(preview.bytes).metadata()
    expect(width).toBe(320)
    expect(await run('open', id, '--rendition', 'poster')).toMatchObject({ code: 2 })
  })

  test('of an unknown object are none', async () => {
    const ran = await run('open', 'ab'.repeat(16), '-o', join(folder, 'nothing'))
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: there is no such object\n/),
    })
    expect(existsSync(join(folder, 'nothing'))).toBe(false)
  })
})

describe('links', () => {
  async function link(...options: string[]) {
    const [made] = jsonLines(await run('link', id, '--json', ...options))
    expect(made).toEqual({
      ...{ url: expect.stringMatching(/^http:\/\/.*\/l\/[\w-]{116}$/), expires: expect.stringMatching(/Z$/) },
      link: expect.stringMatching(ID),
    })
    return { url: String(made?.url), link: String(made?.link) }
  }

  test('open the exact bytes once, then are used up', async () => {
    const { url } = await link()
    expect((await run('open', url)).bytes.equals(readFileSync(picture))).toBe(true)
    expect(await run('open', url)).toMatchObject({
      ...{ code: 1, stdout: '', stderr: 'error: this link has been used up (410)\n' },
    })
  })

  test('stop when revoked, by id or by address', async () => {
    for (const by of ['link', 'url'] as const) {
      const made = await link('--uses', '5')
      expect(jsonLines(await run('revoke', '--json', made[by]))).toEqual([{ link: made.link, revoked: true }])
      expect(await run('open', made.url)).toMatchObject({ code: 1, stderr: 'error: this link was revoked (410)\n' })
    }
    expect(await run('revoke', 'ab'.repeat(16))).toMatchObject({ code: 1 })
  })

  test('are to one rendition', async () => {
    const { url } = await link('--rendition', 'preview')
    expect((await sharp((await run('open', url)).bytes).metadata()).width).toBe(320)
  })

  test('past the limits of the tier are refused, and nonsense is a usage error', async () => {
    const refused = await run('link', id, '--ttl', '365d')
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/at most 30d/) })
    for (const bad of [
      ['--ttl', 'soon'],
      ['--uses', '0'],
      ['--uses', 'x'],
      ['--rendition', 'poster'],
    ]) {
      expect(await run('link', id, ...bad), bad.join(' ')).toMatchObject({ code: 2, stdout: '' })
    }
    expect(await run('link', 'not-an-id')).toMatchObject({ code: 2 })
  })
})

describe('rm', () => {
  test('deletes an object with its links', async () => {
    const [put] = jsonLines(await run('put', picture, '--json'))
    const gone = String(put?.id)
    const [made] = jsonLines(await run('link', gone, '--json'))
    expect(jsonLines(await run('rm', gone, '--json'))).toEqual([{ id: gone, removed: true }])
    expect(await run('open', gone)).toMatchObject({ code: 1 })
    expect(await run('open', String(made?.url))).toMatchObject({ code: 1, stdout: '' })
    const again = await run('rm', gone, '--json')
    expect(again).toMatchObject({ code: 1, stdout: `{"id":"${gone}","removed":false}\n` })
  })
})
