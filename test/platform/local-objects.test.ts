/** The file-system provider against the Objects contract, and what only files can get wrong. */
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onDisk } from '../../shared/platform/local/disk.ts'
import { decodeName, encodeName } from '../../shared/platform/local/objectPaths.ts'
import { openObjects, openReadableObjects } from '../../shared/platform/local/objects.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { chunksOf, collect, failing, listed, pattern } from './contract/bytes.ts'
import { describeObjects } from './contract/objects.ts'
import { killAfter, modesBelow, temporaryHome } from './home.ts'

describeObjects('local', async () => {
  const { home, remove } = await temporaryHome()
  return { objects: openObjects(join(home, 'objects')), close: remove }
})

describe('local: Objects on disk', () => {
  let home: string
  let remove: () => Promise<void>
  beforeEach(async () => {
    const made = await temporaryHome()
    home = made.home
    remove = made.remove
  })
  afterEach(() => remove())

  async function filesBelow(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  it('files are 0600 and folders 0700, temporary ones too', async () => {
    const objects = openObjects(join(home, 'objects'))
    const seen: Awaited<ReturnType<typeof modesBelow>> = []
    async function* body() {
      yield pattern(400_000)
      seen.push(...(await modesBelow(home)))
    }
    await objects.put('vault', 'a/b', body())
    await objects.put('vault', 'x'.repeat(500), body(), { ifAbsent: true })
    seen.push(...(await modesBelow(home)))
    expect(seen.filter((entry) => !entry.folder)).toHaveLength(5)
    for (const { folder, mode } of seen) expect(mode).toBe(folder ? 0o700 : 0o600)
  })

  it('a put killed in its midst shows nothing, and the sweep takes what is left', async () => {
    const root = join(home, 'objects')
    await killAfter('crash-put.ts', [root, 'body'], 4)
    const objects = openObjects(root)
    expect(await objects.head('vault', 'object')).toBeUndefined()
    expect(await listed(objects.versions('vault'))).toEqual([])
    expect(await filesBelow(root)).toHaveLength(1)
    expect(await objects.sweepTemporary(60 * 60 * 1000)).toBe(1)
    expect(await filesBelow(root)).toEqual([])
    expect(await objects.put('vault', 'object', chunksOf(pattern(9)), { ifAbsent: true })).toMatchObject({ size: 9 })
  })

  it.each([1, 2, 5, 12])(
    'a writer killed after %i puts loses none of them and shows no part of the next',
    async (n) => {
      const root = join(home, 'objects')
      const acknowledged = await killAfter('crash-put.ts', [root, 'loop'], n)
      const objects = openObjects(root)
      const found = await listed(objects.versions('vault'))
      expect(found.map((info) => info.key)).toEqual(expect.arrayContaining(acknowledged))
      for (const info of found) {
        const number = Number(info.key.slice('object-'.length))
        expect((await objects.head(info.bucket, info.key))?.metadata).toEqual({ n: `${number}` })
        expect(await collect(await objects.get(info))).toEqual(pattern(40_000, number))
      }
    },
  )

  it('a body that throws leaves no file', async () => {
    const objects = openObjects(home)
    await expect(objects.put('intake', 'object', failing(new Error('no')))).rejects.toThrow('no')
    await expect(objects.put('intake', 'object', failing(new Error('no')), { ifAbsent: true })).rejects.toThrow('no')
    expect(await filesBelow(home)).toEqual([])
  })

  it('erasing leaves no file and no folder of the key', async () => {
    const objects = openObjects(home)
    const info = await objects.put('intake', 'upload', chunksOf(pattern(10)))
    if (info !== undefined) await objects.erase(info)
    expect(await readdir(join(home, 'intake', 'objects', 'upl'))).toEqual([])
  })

  it('the sweep spares what is young', async () => {
    const objects = openObjects(home, { now: () => 10_000_000 })
    for (const [name, age] of [
      ['young', 999],
      ['old', 1001],
    ] as const) {
      await writeFile(join(home, 'intake', 'tmp', name), 'x')
      await utimes(join(home, 'intake', 'tmp', name), 0, (10_000_000 - age) / 1000)
    }
    expect(await objects.sweepTemporary(1000)).toBe(1)
    expect(await readdir(join(home, 'intake', 'tmp'))).toEqual(['young'])
  })

  it('the sweep spares what a living process writes, and takes what a dead one with its pid had written', async () => {
    const objects = openObjects(home)
    const folder = join(home, 'intake', 'tmp')
    let written: string[] = []
    async function* slow() {
      yield pattern(300_000)
      const [name = ''] = await readdir(folder)
      await writeFile(join(folder, name.replace(/-[0-9a-f]{8}$/, '-00000000').replace(/^./, 'f')), 'x')
      await writeFile(join(folder, `${name.slice(0, 32)}.${process.ppid}-00000000`), 'x')
      expect(await objects.sweepTemporary(60_000)).toBe(1)
      written = await readdir(folder)
      yield pattern(1)
    }
    expect(await objects.put('intake', 'slow', slow())).toMatchObject({ size: 300_001 })
    expect(written).toHaveLength(2)
  })

  it('versions stay in order when the clock is set back', async () => {
    let time = 2_000_000_000_000
    const write = () => openObjects(home, { now: () => time }).put('vault', 'object', chunksOf(pattern(1)))
    const first = await write()
    time -= 1_000_000
    const second = await write()
    expect(first?.modified).toBe(2_000_000_000_000)
    expect(await listed(openObjects(home).versions('vault'))).toMatchObject([
      { versionId: second?.versionId },
      { versionId: first?.versionId },
    ])
    expect(await openObjects(home).head('vault', 'object')).toEqual(second)
  })

  it("a stranger's files in the store are passed over", async () => {
    const objects = openObjects(home)
    const info = await objects.put('vault', 'object', chunksOf(pattern(1)))
    await mkdir(join(home, 'vault', 'objects', 'Photos'))
    await writeFile(join(home, 'vault', 'objects', '.DS_Store'), 'x')
    await writeFile(join(home, 'vault', 'objects', 'obj', 'object', '.DS_Store'), 'x')
    expect(await listed(objects.versions('vault'))).toMatchObject([{ versionId: info?.versionId }])
  })

  it('an object file that was cut, changed or moved under another key is refused', async () => {
    const objects = openObjects(home)
    const info = await objects.put('vault', 'object', chunksOf(pattern(1000)), { metadata: { n: '1' } })
    if (info === undefined) throw new Error('not stored')
    const file = join(home, 'vault', 'objects', 'obj', 'object', info.versionId)
    const bytes = await readFile(file)
    for (const changed of [bytes.subarray(0, 6), bytes.subarray(0, 20), Buffer.alloc(50), Buffer.from(`x${bytes}`)]) {
      await writeFile(file, changed)
      await expect(objects.get(info)).rejects.toThrow(Unavailable)
      await expect(objects.head('vault', 'object')).rejects.toThrow('restore that file from a backup')
    }
    await rm(file)
    await mkdir(join(home, 'vault', 'objects', 'obj', 'object2'), { recursive: true })
    await writeFile(join(home, 'vault', 'objects', 'obj', 'object2', info.versionId), bytes)
    await expect(objects.get({ ...info, key: 'object2' })).rejects.toThrow(Unavailable)
  })

  it('an object erased while it is streamed ends whole or Unavailable, never short', async () => {
    const objects = openObjects(home)
    const info = await objects.put('vault', 'object', chunksOf(pattern(1000)))
    if (info === undefined) throw new Error('not stored')
    const chunks = await objects.get(info)
    await objects.erase(info)
    await expect(collect(chunks)).rejects.toThrow(Unavailable)
  })

  it('the readable half has no way to write or erase, and makes no folder', async () => {
    const readable = openReadableObjects(join(home, 'none'))
    expect(Object.keys(readable).sort()).toEqual(['get', 'head'])
    expect(await readable.head('vault', 'object')).toBeUndefined()
    expect(await readdir(home)).toEqual([])
  })

  it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EMFILE', 'EIO'])(
    '%s becomes Unavailable, says what to do, and keeps paths to itself',
    async (code) => {
      const failure = Object.assign(new Error(`${code}: ..., open '/secret/place'`), { code, path: '/secret/place' })
      const work = onDisk('storing an object', () => Promise.reject(failure))
      await expect(work).rejects.toThrow(Unavailable)
      await expect(work).rejects.toThrow(new RegExp(`^storing an object: .{20,} \\(${code}\\)$`))
      await expect(work).rejects.not.toThrow('secret')
    },
  )

  it('a file where a folder belongs is Unavailable', async () => {
    const objects = openObjects(home)
    await writeFile(join(home, 'vault', 'objects', 'obj'), 'in the way')
    await expect(objects.put('vault', 'object', chunksOf(pattern(1)))).rejects.toThrow(Unavailable)
    await expect(objects.head('vault', 'object')).rejects.toThrow(Unavailable)
    await writeFile(join(home, 'file'), 'x')
    expect(() => openObjects(join(home, 'file'))).toThrow(Unavailable)
    expect(await readdir(join(home, 'vault', 'tmp'))).toEqual([])
  })

  it('the spelling of keys is reversible, injective under case folding, and stays in its folder', () => {
    const key = fc.string({ unit: fc.constantFrom(...'aAbBzZ019._/-'), minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(decodeName(encodeName(a))).toBe(a)
        expect(encodeName(a)).toMatch(/^[a-z0-9_-]+$/)
        expect(encodeName(a) === encodeName(b)).toBe(a === b)
      }),
    )
  })
})
