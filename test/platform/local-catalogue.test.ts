/** The SQLite catalogue against the Catalogue contract, and what only a file can get wrong. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { describeCatalogue } from './contract/catalogue.ts'
import { accessEvent, idOf, linkRow, objectRow } from './contract/catalogueRows.ts'
import { killAfter, modesBelow, temporaryHome } from './home.ts'

describeCatalogue('local', async () => {
  const { home, remove } = await temporaryHome()
  const catalogue = openCatalogue(join(home, 'catalogue.sqlite'))
  return {
    catalogue,
    byName: catalogue.byName,
    close: async () => {
      catalogue.close()
      await remove()
    },
  }
})

const Counts = z.object({ won: z.int(), spent: z.int() })

describe('local: Catalogue on disk', () => {
  let home: string
  let file: string
  let remove: () => Promise<void>
  beforeEach(async () => {
    const made = await temporaryHome()
    home = made.home
    file = join(home, 'catalogue.sqlite')
    remove = made.remove
  })
  afterEach(() => remove())

  it('its files are 0600 while it is open, and one sound file is left when closed', async () => {
    const catalogue = openCatalogue(file)
    await catalogue.commit(objectRow(1))
    const open = await modesBelow(home)
    expect(open.length).toBeGreaterThan(1)
    for (const { mode } of open) expect(mode).toBe(0o600)
    expect(await catalogue.check()).toEqual([])
    catalogue.close()
    catalogue.close()
    expect((await modesBelow(home)).map((entry) => entry.path)).toEqual([file])
  })

  it('holds what it answered through SIGKILL', async () => {
    const acknowledged = await killAfter('crash-catalogue.ts', [file], 20)
    const catalogue = openCatalogue(file)
    expect(await catalogue.check()).toEqual([])
    const events = (await catalogue.accesses({ limit: 1000 })).map((event) => event.id)
    expect(events).toEqual(expect.arrayContaining(acknowledged))
    expect(events).toHaveLength(1_000_000 - ((await catalogue.link(idOf(1)))?.usesLeft ?? 0))
    catalogue.close()
  })

  it('several processes at once win each source once and spend a link exactly as often as it allows', async () => {
    const children = [1, 2, 3].map((number) =>
      spawn(process.execPath, [join(import.meta.dirname, 'contend.ts'), file, `${number}`], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    // All of them also make the file at once.
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    const catalogue = openCatalogue(file)
    await catalogue.commit(objectRow(1))
    await catalogue.addLink(linkRow(1, { uses: 30, usesLeft: 30 }))
    for (const child of children) child.stdin.end('go\n')
    const results = await Promise.all(
      children.map(async (child) => {
        let text = ''
        for await (const piece of child.stdout) text += piece
        return Counts.parse(JSON.parse(text))
      }),
    )
    expect(results.reduce((sum, result) => sum + result.won, 0)).toBe(150)
    expect(results.reduce((sum, result) => sum + result.spent, 0)).toBe(30)
    expect(await catalogue.objects({ limit: 1000 })).toHaveLength(151)
    expect(await catalogue.accesses({ limit: 100 })).toHaveLength(30)
    catalogue.close()
  })

  it('keeps the newest access events up to its bound', async () => {
    const catalogue = openCatalogue(file, { keepAccesses: 10 })
    for (let n = 1; n <= 25; n++) await catalogue.record(accessEvent(n))
    await catalogue.record(accessEvent(25))
    const kept = (await catalogue.accesses({ limit: 100 })).map((event) => event.bytes)
    expect(kept).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
    catalogue.close()
  })

  it('keeps no more of a user agent than 512 characters', async () => {
    const catalogue = openCatalogue(file)
    await catalogue.record(accessEvent(1, { userAgent: 'x'.repeat(100_000) }))
    expect((await catalogue.accesses())[0]?.userAgent).toHaveLength(512)
    catalogue.close()
  })

  it('what was forgotten is not left in the file', async () => {
    const catalogue = openCatalogue(file)
    await catalogue.commit(objectRow(1))
    await catalogue.commit(objectRow(2))
    await catalogue.forget(idOf(1))
    catalogue.close()
    const bytes = await readFile(file)
    // Its id and its source's HMAC stay, so that it can't come back.
    expect(bytes.includes(objectRow(1).headDigest)).toBe(false)
    expect(bytes.includes(objectRow(2).headDigest)).toBe(true)
  })

  it('a damaged file names the command that mends it', async () => {
    const catalogue = openCatalogue(file)
    for (let n = 1; n <= 200; n++) await catalogue.commit(objectRow(n))
    catalogue.close()
    const bytes = await readFile(file)
    await writeFile(file, Buffer.alloc(4096, 7))
    expect(() => openCatalogue(file)).toThrow(Unavailable)
    expect(() => openCatalogue(file)).toThrow('safelight catalogue rebuild')

    await writeFile(file, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]))
    const broken = openCatalogue(file)
    await expect(broken.objects()).rejects.toThrow(Unavailable)
    await expect(broken.commit(objectRow(500))).rejects.toThrow('safelight catalogue rebuild')
    expect((await broken.check()).length).toBeGreaterThan(0)
    broken.close()
  })

  it('a newer schema and a strange database are left alone, with a clear message', async () => {
    openCatalogue(file).close()
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    expect(() => openCatalogue(file)).toThrow(/written by a newer Safelight \(schema 99/)

    const strange = new DatabaseSync(join(home, 'other.sqlite'))
    strange.exec('CREATE TABLE diary (line TEXT)')
    strange.close()
    expect(() => openCatalogue(join(home, 'other.sqlite'))).toThrow("some other program's database")
  })

  it('a folder in its place is Unavailable', () => {
    expect(() => openCatalogue(home)).toThrow(Unavailable)
  })
})
