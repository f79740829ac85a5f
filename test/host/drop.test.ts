/** The drop folder takes what stood still, once, and nothing that isn't a plain file; what a crash left is finished. */
import { appendFile, mkdir, open, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DropFolder, watchDropFolder } from '../../cli/host/drop.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { temporaryHome } from '../platform/home.ts'
import { collect } from '../support/memory.ts'

interface Received {
  readonly key: string
  readonly fileName: string
  readonly text: string
}

let folder = ''
let removeHome: () => Promise<void>
let running: DropFolder | undefined
let received: Received[] = []
/** What happens to a taken file while it is being received. */
let grow: ((key: string) => Promise<void>) | undefined
let log: unknown[] = []

beforeEach(async () => {
  const { home, remove } = await temporaryHome()
  folder = join(home, 'drop')
  removeHome = remove
  received = []
  log = []
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await removeHome()
})

async function start(failing: (fileName: string) => boolean = () => false): Promise<void> {
  running = await watchDropFolder({
    folder,
    primitives,
    log: (line) => log.push(line),
    async receive(key, body, fileName) {
      const text = (await collect(body)).toString()
      if (failing(fileName)) throw new Unavailable('the disk is full')
      received.push({ key, fileName, text })
      await grow?.(key)
      grow = undefined
      return primitives.sha256(Buffer.from(text))
    },
  })
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20)
}

async function drop(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text)
}

const taken = () => readdir(join(folder, '.taken'))
const left = async () => (await readdir(folder)).filter((name) => name !== '.taken').sort()

describe('a file', () => {
  test('that was dropped is received whole with its name, under a random key, and gone', async () => {
    await start()
    await drop('Ärztin – 1.jpg', 'bytes')
    await until(() => received.length === 1)
    await until(async () => (await taken()).length === 0)
    expect(received).toEqual([
      { key: expect.stringMatching(/^[0-9a-f]{32}$/), fileName: 'Ärztin – 1.jpg', text: 'bytes' },
    ])
    expect(await left()).toEqual([])
  })

  test('that lay there before the start is received, and so are many at once', async () => {
    await mkdir(folder, { recursive: true })
    for (const name of ['a', 'b', 'c']) await drop(name, name)
    await start()
    await until(() => received.length === 3)
    expect(received.map(({ fileName }) => fileName).sort()).toEqual(['a', 'b', 'c'])
    expect(new Set(received.map(({ key }) => key)).size).toBe(3)
  })

  test('that grows is left alone until it stands still, then received whole', async () => {
    await start()
    let text = ''
    for (let i = 0; i < 12; i++) {
      await appendFile(join(folder, 'growing'), `${i},`)
      text += `${i},`
      await sleep(150)
      expect(received).toEqual([])
    }
    await until(() => received.length === 1)
    expect(received[0]?.text).toBe(text)
  })

  test('that somebody still has open is left alone, however long they pause', async () => {
    await start()
    const writer = await open(join(folder, 'slow'), 'w')
    await writer.write('first half, ')
    await sleep(3500)
    expect(received).toEqual([])
    await writer.write('second half')
    await writer.close()
    await until(() => received.length === 1)
    expect(received[0]?.text).toBe('first half, second half')
  })

  test('that grew after it was read is kept and received again, whole', async () => {
    await start()
    grow = async (key) => appendFile(join(folder, '.taken', key, 'growing'), ' and the rest')
    await drop('growing', 'a part')
    await until(() => received.length === 2)
    expect(received.map(({ text }) => text)).toEqual(['a part', 'a part and the rest'])
    expect(received[0]?.key).not.toBe(received[1]?.key)
    await until(async () => (await taken()).length === 0)
  })

  test('that is empty is received as such', async () => {
    await start()
    await drop('empty', '')
    await until(() => received.length === 1)
    expect(received[0]).toMatchObject({ fileName: 'empty', text: '' })
  })
})

describe('what is no plain file', () => {
  test('stays where it is: links, folders, dot files', async () => {
    await mkdir(join(folder, 'sub', 'deeper'), { recursive: true })
    await writeFile(join(folder, '..', 'precious'), 'not to be touched')
    await symlink(join(folder, '..', 'precious'), join(folder, 'link.jpg'))
    await symlink('/nowhere', join(folder, 'dangling'))
    await drop('.hidden', 'x')
    await writeFile(join(folder, 'sub', 'file'), 'x')
    await start()
    await drop('plain', 'y')
    await until(() => received.length === 1)
    await sleep(800)
    expect(received.map(({ fileName }) => fileName)).toEqual(['plain'])
    expect(await left()).toEqual(['.hidden', 'dangling', 'link.jpg', 'sub'])
    expect(await readdir(join(folder, '..'))).toContain('precious')
  })
})

describe('after a crash', () => {
  test('a file that was being taken is finished, under the key it had', async () => {
    const key = '0123456789abcdef0123456789abcdef'
    await mkdir(join(folder, '.taken', key), { recursive: true })
    await writeFile(join(folder, '.taken', key, 'left.jpg'), 'half done')
    await mkdir(join(folder, '.taken', 'fedcba9876543210fedcba9876543210'))
    await start()
    await until(async () => (await taken()).length === 0)
    expect(received).toEqual([{ key, fileName: 'left.jpg', text: 'half done' }])
  })

  test('or when intake fails, the file is kept, and received by the next start', async () => {
    await start(() => true)
    await drop('kept.jpg', 'bytes')
    await until(() => log.length > 0)
    const [key = ''] = await taken()
    expect(await readdir(join(folder, '.taken', key))).toEqual(['kept.jpg'])
    expect(log).toEqual([{ event: 'drop-folder', reason: 'unavailable' }])
    await running?.stop()
    await start()
    await until(() => received.length === 1)
    expect(received).toEqual([{ key, fileName: 'kept.jpg', text: 'bytes' }])
  })
})

test('a failure is logged without a name, and keeps nothing else waiting', async () => {
  await start((fileName) => fileName === 'Zaphod.jpg')
  await drop('Zaphod.jpg', 'x')
  await until(() => log.length > 0)
  await drop('other.jpg', 'y')
  await until(() => received.length === 1)
  expect(received[0]?.fileName).toBe('other.jpg')
  expect(JSON.stringify(log)).not.toContain('Zaphod')
})

test('a file with an old date is as settled as any, once it was seen twice', async () => {
  await mkdir(folder, { recursive: true })
  await drop('old', 'x')
  await utimes(join(folder, 'old'), 1, 1)
  await start()
  await until(() => received.length === 1)
})
