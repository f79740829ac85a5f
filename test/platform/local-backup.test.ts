/** One file under a passphrase brings every key back, and nothing less than that file and that passphrase does. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { systemClock } from '../../shared/platform/local/clock.ts'
import { BackupRefused, backupKeys, restoreKeys } from '../../shared/platform/local/keyBackup.ts'
import {
  backupStatus,
  homeLayout,
  initKeys,
  type KeyList,
  listKeys,
  openKeyService,
  rotateKeys,
  setRetired,
  stampBackup,
} from '../../shared/platform/local/keys.ts'
import { bestCost, checkedCost, type PassphraseCost } from '../../shared/platform/local/passphrase.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { modesBelow, temporaryHome } from './home.ts'

const PASSPHRASE = 'an old lighthouse, øpen at noon'
const CHEAP: PassphraseCost = { kdf: 1, parameters: [64, 1, 1] }
const clock = { now: () => 1_800_000_000_000 }

describe('local: keys backup and restore', () => {
  let home: string
  let list: KeyList
  let backup: Uint8Array
  const cleanups: (() => Promise<void>)[] = []
  beforeAll(async () => {
    home = await newHome()
    list = await initKeys(home, nodePrimitives, systemClock)
    backup = await backupKeys(home, PASSPHRASE, clock, CHEAP)
  })
  afterAll(async () => {
    for (const remove of cleanups) await remove()
  })
  async function newHome(): Promise<string> {
    const made = await temporaryHome()
    cleanups.push(made.remove)
    return made.home
  }
  async function keyFiles(of: string): Promise<Record<string, string>> {
    const folder = homeLayout(of).keys
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => [name, (await readFile(join(folder, name))).toString('hex')]),
    )
    return Object.fromEntries(files)
  }

  it('restores every key and the stack id into an empty home, private again', async () => {
    const fresh = await newHome()
    expect(await restoreKeys(fresh, backup, PASSPHRASE)).toHaveLength(7)
    expect(await listKeys(fresh)).toEqual(list)
    expect(await keyFiles(fresh)).toEqual(await keyFiles(home))
    for (const { folder, mode } of await modesBelow(fresh)) expect(mode).toBe(folder ? 0o700 : 0o600)
    const { keyId, blob, plaintext } = await openKeyService(home).generateDataKey({ a: 'b' })
    expect(await openKeyService(fresh).decrypt(keyId, blob, { a: 'b' })).toEqual({ keyId, plaintext })
  })

  it('works at the cost that people get, with Argon2id', async () => {
    expect(bestCost()).toEqual({ kdf: 1, parameters: [262_144, 3, 4] })
    const dear = await backupKeys(home, PASSPHRASE, clock)
    expect(Buffer.from(dear.subarray(0, 18)).toString('hex')).toBe(
      '534c4b4231' + '01' + '00040000' + '00000003' + '00000004',
    )
    expect(await restoreKeys(await newHome(), dear, PASSPHRASE)).toHaveLength(7)
  })

  it('works with scrypt', async () => {
    const sealed = await backupKeys(home, PASSPHRASE, clock, { kdf: 2, parameters: [1024, 8, 1] })
    expect(await restoreKeys(await newHome(), sealed, PASSPHRASE)).toHaveLength(7)
  })

  it('holds no key in the clear and is never the same twice', async () => {
    const again = await backupKeys(home, PASSPHRASE, clock, CHEAP)
    expect(again).not.toEqual(backup)
    for (const [name, hex] of Object.entries(await keyFiles(home))) {
      if (name === 'kem.json') continue
      const secret = Buffer.from(hex, 'hex').subarray(0, 16)
      expect(Buffer.from(backup).includes(secret)).toBe(false)
      expect(Buffer.from(backup).includes(secret.toString('base64').slice(0, 16))).toBe(false)
    }
    expect(Buffer.from(backup).includes(list.stackId)).toBe(false)
  })

  it('takes the passphrase as people see it, composed or not', async () => {
    const sealed = await backupKeys(home, 'caf\u00e9 creme', clock, CHEAP)
    expect(await restoreKeys(await newHome(), sealed, 'cafe\u0301 creme')).toHaveLength(7)
  })

  it('refuses a wrong passphrase, says so, and changes nothing', async () => {
    const fresh = await newHome()
    for (const wrong of [`${PASSPHRASE} `, PASSPHRASE.toUpperCase(), '']) {
      await expect(restoreKeys(fresh, backup, wrong)).rejects.toThrow(BackupRefused)
      await expect(restoreKeys(fresh, backup, wrong)).rejects.toThrow('wrong passphrase')
    }
    expect(await readdir(fresh)).toEqual([])
  })

  it('refuses a short passphrase and a home without keys', async () => {
    await expect(backupKeys(home, 'seven 7', clock, CHEAP)).rejects.toThrow('at least 8 characters')
    await expect(backupKeys(await newHome(), PASSPHRASE, clock, CHEAP)).rejects.toThrow(Unavailable)
  })

  it('refuses a backup with any byte changed, cut or added, and changes nothing', async () => {
    const fresh = await newHome()
    const refused = (bytes: Uint8Array) => expect(restoreKeys(fresh, bytes, PASSPHRASE)).rejects.toThrow(BackupRefused)
    // The cost's 13 bytes are left out here: some changes of them only ask for more work.
    const place = fc.oneof(fc.nat(4), fc.integer({ min: 18, max: backup.length - 1 }))
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = backup.slice()
        changed[at] = (changed[at] ?? 0) ^ flip
        await refused(changed)
      }),
      { numRuns: 150 },
    )
    for (const length of [0, 4, 5, 45, 61, backup.length - 1]) await refused(backup.slice(0, length))
    await refused(new Uint8Array([...backup, 0]))
    const cheaper = backup.slice()
    cheaper[9] = 32
    await refused(cheaper)
    expect(await readdir(fresh)).toEqual([])
  })

  it('asks for no more work than a sane backup would, whatever its header says', async () => {
    expect(checkedCost(1, [2 ** 20, 16, 16])).toBeDefined()
    expect(checkedCost(2, [2 ** 17, 8, 1])).toBeDefined()
    const insane = [
      [1, [2 ** 20 + 1, 3, 4]],
      [1, [65_536, 17, 4]],
      [1, [65_536, 0, 4]],
      [1, [65_536, 3, 17]],
      [1, [7, 1, 1]],
      [2, [2 ** 24, 8, 1]],
      [2, [1000, 8, 1]],
      [2, [1, 8, 1]],
      [2, [1024, 8, 17]],
      [0, [65_536, 3, 4]],
      [3, [65_536, 3, 4]],
    ] as const
    for (const [kdf, parameters] of insane) expect(checkedCost(kdf, parameters)).toBeUndefined()
    const greedy = backup.slice()
    greedy.fill(0xff, 6, 10)
    await expect(restoreKeys(await newHome(), greedy, PASSPHRASE)).rejects.toThrow('more work')
    await expect(restoreKeys(await newHome(), new Uint8Array(100), PASSPHRASE)).rejects.toThrow(
      'not a Safelight key backup',
    )
  })

  it('restoring what is there already changes nothing', async () => {
    const before = await keyFiles(home)
    expect(await restoreKeys(home, backup, PASSPHRASE)).toEqual([])
    expect(await keyFiles(home)).toEqual(before)
  })

  it('brings back the files that were lost, and config.json', async () => {
    const fresh = await newHome()
    await restoreKeys(fresh, backup, PASSPHRASE)
    const { keys, config } = homeLayout(fresh)
    for (const name of ['kem-0001.seed', 'kem.json', 'data.key']) await rm(join(keys, name))
    await rm(config)
    expect([...(await restoreKeys(fresh, backup, PASSPHRASE))].sort()).toEqual([
      'data.key',
      'kem-0001.seed',
      'kem.json',
    ])
    expect(await listKeys(fresh)).toEqual(list)
    expect(await keyFiles(fresh)).toEqual(await keyFiles(home))
  })

  it('never overwrites other keys', async () => {
    const other = await newHome()
    await initKeys(other, nodePrimitives, systemClock)
    const before = await keyFiles(other)
    await expect(restoreKeys(other, backup, PASSPHRASE)).rejects.toThrow('this home has other keys')
    expect(await keyFiles(other)).toEqual(before)

    const changed = await newHome()
    await restoreKeys(changed, backup, PASSPHRASE)
    await writeFile(join(homeLayout(changed).keys, 'data.key'), nodePrimitives.random(32))
    await rm(join(homeLayout(changed).keys, 'index.key'))
    const found = await keyFiles(changed)
    await expect(restoreKeys(changed, backup, PASSPHRASE)).rejects.toThrow('this home has other keys')
    expect(await keyFiles(changed)).toEqual(found)

    const nameless = await newHome()
    await restoreKeys(nameless, backup, PASSPHRASE)
    await writeFile(join(homeLayout(nameless).keys, 'link-001.key'), nodePrimitives.random(32))
    await rm(homeLayout(nameless).config)
    await expect(restoreKeys(nameless, backup, PASSPHRASE)).rejects.toThrow('this home has other keys')
  })

  it('an older backup brings a lost key back and leaves newer generations as they are', async () => {
    const newer = await newHome()
    await restoreKeys(newer, backup, PASSPHRASE)
    const { made } = await rotateKeys(newer, nodePrimitives, systemClock)
    await setRetired(newer, 1, true)
    const before = [await listKeys(newer), await keyFiles(newer)]
    await rm(join(homeLayout(newer).keys, 'kem-0001.seed'))
    await rm(join(homeLayout(newer).keys, 'data.key'))
    expect(await restoreKeys(newer, backup, PASSPHRASE)).toEqual(['data.key', 'kem-0001.seed'])
    expect([await listKeys(newer), await keyFiles(newer)]).toEqual(before)
    expect((await listKeys(newer))?.current).toBe(made.keyId)
  })

  it('a newer backup adds its generations to an older home, and the newest seals', async () => {
    const [older, newer] = [await newHome(), await newHome()]
    await restoreKeys(older, backup, PASSPHRASE)
    await restoreKeys(newer, backup, PASSPHRASE)
    await rotateKeys(newer, nodePrimitives, systemClock)
    const added = await restoreKeys(older, await backupKeys(newer, PASSPHRASE, clock, CHEAP), PASSPHRASE)
    expect(added).toContain('kem.json')
    expect(added).toContain('kem-0002.seed')
    expect(await listKeys(older)).toEqual(await listKeys(newer))
    expect(await keyFiles(older)).toEqual(await keyFiles(newer))
  })

  it('two homes of one deployment that rotated apart are not mixed', async () => {
    const [one, two] = [await newHome(), await newHome()]
    for (const each of [one, two]) {
      await restoreKeys(each, backup, PASSPHRASE)
      await rotateKeys(each, nodePrimitives, systemClock)
    }
    const before = await keyFiles(one)
    const theirs = await backupKeys(two, PASSPHRASE, clock, CHEAP)
    await expect(restoreKeys(one, theirs, PASSPHRASE)).rejects.toThrow('this home has other keys')
    expect(await keyFiles(one)).toEqual(before)

    // Nor where the files that would tell are lost.
    for (const name of Object.keys(before).filter((file) => /0002|link-001/.test(file))) {
      await rm(join(homeLayout(one).keys, name))
    }
    await expect(restoreKeys(one, theirs, PASSPHRASE)).rejects.toThrow('this home has other keys')
  })

  it('mends a damaged kem.json', async () => {
    const damaged = await newHome()
    await restoreKeys(damaged, backup, PASSPHRASE)
    await writeFile(join(homeLayout(damaged).keys, 'kem.json'), '{"current":')
    expect(await restoreKeys(damaged, backup, PASSPHRASE)).toEqual(['kem.json'])
    expect(await listKeys(damaged)).toEqual(list)
  })

  it('keeps the identity of a home without keys beside the restored one', async () => {
    const other = await newHome()
    const { stackId } = await initKeys(other, nodePrimitives, systemClock)
    await rm(homeLayout(other).keys, { recursive: true })
    await restoreKeys(other, backup, PASSPHRASE)
    expect(await listKeys(other)).toEqual(list)
    expect(await readdir(other)).toContain(`config.${stackId}.json`)
  })

  it('what keys were restored from is a backup of them, and of no newer one; a later backup stays the last', async () => {
    const fresh = await newHome()
    await restoreKeys(fresh, backup, PASSPHRASE)
    expect(await backupStatus(fresh)).toEqual({ made: 1_800_000_000_000, complete: true })
    await rotateKeys(fresh, nodePrimitives, systemClock)
    await restoreKeys(fresh, backup, PASSPHRASE)
    expect(await backupStatus(fresh)).toEqual({ made: 1_800_000_000_000, complete: false })
    await stampBackup(fresh, { now: () => 1_900_000_000_000 })
    await restoreKeys(fresh, backup, PASSPHRASE)
    expect(await backupStatus(fresh)).toEqual({ made: 1_900_000_000_000, complete: true })
  })

  it('the stamp tells that a backup was made, until a key is made after it', async () => {
    const fresh = await newHome()
    expect(await backupStatus(fresh)).toEqual({ made: undefined, complete: false })
    await initKeys(fresh, nodePrimitives, systemClock)
    expect(await backupStatus(fresh)).toEqual({ made: undefined, complete: false })
    await stampBackup(fresh, clock)
    expect(await backupStatus(fresh)).toEqual({ made: 1_800_000_000_000, complete: true })
    await writeFile(join(homeLayout(fresh).keys, 'link-001.key'), nodePrimitives.random(32))
    expect(await backupStatus(fresh)).toEqual({ made: 1_800_000_000_000, complete: false })
    await writeFile(homeLayout(fresh).backupStamp, 'junk')
    expect(await backupStatus(fresh)).toEqual({ made: undefined, complete: false })
  })
})
