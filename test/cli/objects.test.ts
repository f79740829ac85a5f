import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { idIn, LEAST_DIGITS } from '../../cli/ids.ts'
import { openQueue } from '../../shared/platform/local/queue.ts'
import { smallPicture } from '../support/world.ts'
import { jsonLines, safelight, sharedFolder, temporaryFolder } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const picture = join(folder, 'holiday.png')
let id = ''
let opaque = ''

const run = (...args: string[]) => safelight(args, { home })

async function put(input: string | Uint8Array): Promise<string> {
  const ran = await safelight(['put', '-', '--json'], { home, input })
  return String(jsonLines(ran)[0]?.id)
}

function fileOf(object: string): string {
  const objects = join(home, 'objects', 'vault', 'objects')
  const names = readdirSync(objects, { recursive: true, encoding: 'utf8' }).map((name) => join(objects, name))
  return names.find((name) => name.includes(object) && statSync(name).isFile()) ?? ''
}

beforeAll(async () => {
  writeFileSync(picture, await smallPicture())
  id = String(jsonLines(await run('put', picture, '--json'))[0]?.id)
  opaque = await put('no picture')
})

describe('the first digits of an id', () => {
  test('do wherever an id is taken', async () => {
    const short = id.slice(0, LEAST_DIGITS + 2).toUpperCase()
    expect((await run('open', short)).bytes.equals(readFileSync(picture))).toBe(true)
    expect(jsonLines(await run('inspect', short, '--json'))).toMatchObject([{ id }])
    expect(jsonLines(await run('verify', short, '--json'))[0]).toMatchObject({ object: id, ok: true })
    const made = jsonLines(await run('link', short, '--json'))
    expect(jsonLines(await run('links', short, '--json'))).toMatchObject([{ link: made[0]?.link, objectId: id }])
    const gone = await put('soon gone')
    expect(jsonLines(await run('rm', gone.slice(0, 12), '--json'))).toEqual([{ id: gone, removed: true }])
  })

  test('that are too few, ambiguous, or of nothing are refused with the list to look at', async () => {
    const all = ['abcdef01', 'abcdef02'].map((start) => start.padEnd(32, '0'))
    const kind = { name: 'object', hint: 'look there' }
    async function* ids() {
      yield* all
    }
    await expect(idIn('abcdef', kind, ids)).rejects.toMatchObject({
      message: 'more than one object begins with abcdef',
    })
    expect(await idIn('ABCDEF02', kind, ids)).toBe(all[1])
    expect(await idIn('f'.repeat(32), kind, ids)).toBe('f'.repeat(32))
    await expect(idIn('abcdee', kind, ids)).rejects.toMatchObject({ hint: 'look there' })
    await expect(idIn('abcde', kind, ids)).rejects.toMatchObject({ name: 'UsageError', hint: 'look there' })
    expect(await run('revoke', 'abc')).toMatchObject({
      ...{ code: 2, stderr: expect.stringMatching(/^error: the id of a link .*\nhint: safelight links /) },
    })
    for (const command of ['open', 'verify', 'inspect']) {
      expect(await run(command, '504e'), command).toMatchObject({
        ...{
          code: 2,
          stderr: expect.stringMatching(/^error: 504e: no such file, .* the first 6 may do\nhint: safelight ls /),
        },
      })
    }
    const link = await run('link', id)
    expect(link.stderr).toMatch(/nobody serves http:\S+ now: the link works once safelight serve runs\n$/)
    expect(await run('rm', 'abc')).toMatchObject({ code: 2, stderr: expect.stringMatching(/hint: safelight ls /) })
  })
})

describe('a rendition that there is none of', () => {
  test('is said to be missing, and the object is not', async () => {
    expect(await run('open', opaque, '--rendition', 'display')).toMatchObject({
      ...{
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^error: this object has no display: .*\nhint: it has: original\n/),
      },
    })
    expect(await run('open', 'ab'.repeat(16), '--rendition', 'display')).toMatchObject({
      stderr: expect.stringMatching(/^error: there is no such object\n/),
    })
  })
})

describe('names', () => {
  test('are shown when asked for, each as a read, and not otherwise', async () => {
    const rows = jsonLines(await run('ls', '--names', '--json'))
    expect(rows.find((row) => row.id === id)).toMatchObject({ name: 'holiday.png' })
    expect(rows.find((row) => row.id === opaque)).toMatchObject({ name: null })
    expect((await run('ls', '--names')).stdout).toContain('holiday.png')
    expect((await run('ls', '--json')).stdout).not.toContain('holiday')
  })
})

describe('links', () => {
  test('are listed with their state', async () => {
    const [made] = jsonLines(await run('link', opaque, '--json', '--uses', '3'))
    await run('revoke', String(made?.link).slice(0, 10))
    expect(jsonLines(await run('links', opaque, '--json'))).toMatchObject([
      { link: made?.link, objectId: opaque, rendition: 'original', uses: 3, usesLeft: 3, state: 'revoked' },
    ])
    expect((await run('links')).stdout).toMatch(/^LINK +OBJECT +RENDITION +STATE/)
    expect(await run('links', 'ab'.repeat(16))).toMatchObject({ code: 1 })
  })
})

describe('verify', () => {
  test('reads every object and rendition, and names what is changed or gone', async () => {
    const [changed, gone] = [await put('to be changed'), await put('to be gone')]
    const whole = await run('verify', '--all', '--json')
    expect(whole.code).toBe(0)
    const lines = jsonLines(whole)
    expect(lines.filter((line) => line.object === id).map((line) => line.rendition)).toEqual([
      'original',
      'preview',
      'display',
    ])
    expect(lines.every((line) => line.ok === true)).toBe(true)

    const bytes = readFileSync(fileOf(changed))
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(fileOf(changed), bytes)
    rmSync(fileOf(gone))
    const broken = await run('verify', '--all', '--json')
    expect(broken.code).toBe(3)
    expect(jsonLines(broken).filter((line) => line.ok !== true)).toEqual(
      expect.arrayContaining([
        { id: changed, object: changed, rendition: 'original', ok: false, bytes: 0, reason: 'authentication-failed' },
        { id: gone, object: gone, rendition: 'original', ok: false, bytes: 0, reason: 'missing' },
      ]),
    )
    expect(jsonLines(broken)).toHaveLength(lines.length)
    expect(await run('verify', changed)).toMatchObject({ code: 3 })
    expect(await run('verify', id)).toMatchObject({ code: 0 })

    for (const command of ['open', 'inspect']) {
      const opened = await run(command, gone)
      expect(opened).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/does not hold this object any more/),
      })
      expect(opened.stderr).not.toMatch(/nothing is lost/)
      expect(opened.stderr).toMatch(/hint: .*backup/)
    }
    await run('rm', changed, gone)
  })

  test('wants one thing', async () => {
    expect(await run('verify')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: FILE or ID is missing/),
    })
    expect(await run('verify', '--all', id)).toMatchObject({ code: 2 })
  })

  test('of a file that was never sealed refuses as always, and says what it looks like', async () => {
    for (const command of ['open', 'verify']) {
      expect(await run(command, picture)).toMatchObject({
        ...{
          code: 3,
          stdout: '',
          stderr: expect.stringMatching(/^error: authentication failed\nhint: this does not begin/),
        },
      })
    }
    expect(await run('inspect', picture)).toMatchObject({ code: 1, stderr: expect.stringMatching(/not a sealed file/) })
  })
})

describe('put', () => {
  test('names a folder among the files before anything is done', async () => {
    const place = temporaryFolder()
    mkdirSync(join(place, 'album'))
    writeFileSync(join(place, 'a.txt'), 'a')
    const fresh = join(place, 'home')
    const ran = await safelight(['put', 'a.txt', 'album'], { home: fresh, cwd: place })
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'error: album: that is a folder, not a file\nhint: name the files in it: album/*\n',
    })
    expect(existsSync(fresh)).toBe(false)
  })

  test('--erase takes no symbolic link, and leaves both the link and the picture', async () => {
    const place = temporaryFolder()
    writeFileSync(join(place, 'picture'), 'plaintext')
    symlinkSync('picture', join(place, 'link'))
    const before = jsonLines(await run('ls', '--json')).length
    const ran = await safelight(['put', '--erase', 'picture', 'link'], { home, cwd: place })
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: link: a symbolic link; .*\nhint: /),
    })
    expect(readdirSync(place).sort()).toEqual(['link', 'picture'])
    expect(jsonLines(await run('ls', '--json'))).toHaveLength(before)
    expect(await safelight(['put', 'link'], { home, cwd: place })).toMatchObject({ code: 0 })
  })

  test('--erase warns of other names that keep the plaintext', async () => {
    const place = temporaryFolder()
    writeFileSync(join(place, 'picture'), 'plaintext')
    linkSync(join(place, 'picture'), join(place, 'twin'))
    const ran = await safelight(['put', '--erase', 'picture'], { home, cwd: place })
    expect(ran).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: picture has another name \(hard links\)/),
    })
    expect(readdirSync(place)).toEqual(['twin'])
  })

  test('warns of a file that is sealed already', async () => {
    const sealed = join(temporaryFolder(), 'x.slv')
    await run('seal', picture, '-o', sealed)
    const ran = await run('put', sealed)
    expect(ran).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: .*x\.slv is a sealed file: .*\nhint: safelight open /),
    })
  })
})

describe('failed', () => {
  test('lists what failed with its reason, and sends it again', async () => {
    const queue = openQueue(join(home, 'queue.sqlite'), { maxReceives: 1 })
    const fail = (key: string, reason: string) => {
      const s3 = { bucket: { name: 'intake' }, object: { key, versionId: 'v', size: 1, sequencer: '1' } }
      queue.send('seal', JSON.stringify({ upload: key, Records: [{ eventName: 'ObjectCreated:Put', s3 }] }))
      const [message] = queue.receive('seal', { max: 1, visibilityMs: 1_000 })
      if (message) queue.giveBack(message, reason)
    }
    fail('aa', 'timeout')
    fail('bb', 'unavailable')
    const items = jsonLines(await run('failed', '--json'))
    const typed = await safelight(['failed', '--json'], { home, env: { SAFELIGHT_COMMAND: './safelight' } })
    expect(typed.stdout).toMatch(/`\.\/safelight doctor`/)
    expect(items).toMatchObject([
      { upload: 'aa', stage: 'seal', reason: 'timeout', hint: expect.any(String) },
      { upload: 'bb', reason: 'unavailable' },
    ])
    const human = await run('failed')
    expect(human.stdout).toMatch(/^ID +UPLOAD +STAGE +REASON.*\n[0-9a-f-]+ +aa +seal/)
    expect(human.stderr).toMatch(/^timeout: /)

    const first = String(items[0]?.id)
    expect(jsonLines(await run('failed', '--retry', first.slice(0, 16), '--json'))).toEqual([
      { id: first, retried: true },
    ])
    expect(jsonLines(await run('failed', '--json'))).toMatchObject([{ upload: 'bb' }])
    expect(await run('failed', '--retry', first)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/hint: safelight failed/),
    })
    expect(await run('failed', '--retry', first, '--retry-all')).toMatchObject({ code: 2 })
    expect(jsonLines(await run('failed', '--retry-all', '--json'))).toHaveLength(1)
    expect(await run('failed')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing has failed\n' })
    expect(queue.pending('seal')).toHaveLength(2)
    queue.close()
  })
})
