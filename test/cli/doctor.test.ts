import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkRuntime, spaceOf, unwritable } from '../../cli/checks/machine.ts'
import { checkObjects } from '../../cli/checks/objects.ts'
import { openDeployment } from '../../cli/deployment.ts'
import { isNewEnough } from '../../scripts/runtime.mjs'
import { openQueue } from '../../shared/platform/local/queue.ts'
import { jsonLines, safelight, sharedFolder, temporaryFolder } from './run.ts'

interface Check {
  readonly check: string
  readonly status: string
  readonly detail: string
  readonly mend?: string
}

const folder = sharedFolder()
const healthy = join(folder, 'healthy')
const other = join(folder, 'other')
let home = ''

beforeAll(async () => {
  for (const made of [healthy, other])
    expect(await safelight(['keys', 'init'], { home: made })).toMatchObject({ code: 0 })
})

beforeEach(() => {
  home = join(temporaryFolder(), 'home')
  cpSync(healthy, home, { recursive: true })
  // A copied folder gets the umask's mode.
  for (const private_ of [home, join(home, 'keys')]) chmodSync(private_, 0o700)
})

async function doctor(): Promise<{ code: number | null; ok: unknown; checks: readonly Check[] }> {
  const ran = await safelight(['doctor', '--json'], { home })
  const [{ ok, checks } = {}] = jsonLines(ran)
  return { code: ran.code, ok, checks: Array.isArray(checks) ? checks : [] }
}

/** Where the only version of an object lies. */
async function vaultFile(id: string): Promise<string> {
  const folder = join(home, 'objects', 'vault', 'objects')
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const file = found.find((name) => name.includes(id) && statSync(name).isFile())
  if (file === undefined) throw new Error('no such object in the vault')
  return file
}

describe('the machine', () => {
  test('runs a Node that decapsulates, as the scripts have it', () => {
    for (const version of ['24.7.9', '24.8.0', '24.21.0', '25.0.0', '22.21.0']) {
      expect(checkRuntime(version).status === 'ok', version).toBe(isNewEnough(version))
    }
  })

  test('has a full disk for a problem, a small rest for a warning', () => {
    expect(spaceOf(0, false)).toMatchObject({ status: 'problem', detail: expect.stringMatching(/^the disk is full/) })
    expect(spaceOf(2 ** 28, false)).toMatchObject({ status: 'warning' })
    expect(spaceOf(2 ** 40, false)).toMatchObject({ status: 'ok' })
    expect(spaceOf(2 ** 40, true)).toMatchObject({ status: 'problem' })
  })

  test('mends a home by what stands in the way of writing', () => {
    const refused = (code: string) => unwritable('/srv/pictures', Object.assign(new Error(code), { code }))
    expect(refused('ENOSPC').mend).toBe('free some space on the disk')
    expect(refused('EROFS').mend).toMatch(/^mount it writable/)
    expect(refused('EACCES')).toMatchObject({ status: 'problem', mend: expect.stringMatching(/chown/) })
    expect(refused('EACCES').detail).toBe('the home /srv/pictures can not be written to: permission denied')
    expect(['ENOSPC', 'EROFS', 'EIO'].every((code) => !/chown/.test(refused(code).mend ?? ''))).toBe(true)
  })
})

const named = (checks: readonly Check[], name: string) => checks.find(({ check }) => check === name)

describe('doctor', () => {
  test('finds nothing wrong with a new deployment but the missing backup', async () => {
    const { code, ok, checks } = await doctor()
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(checks.filter(({ status }) => status !== 'ok').map(({ check }) => check)).toEqual(['backup'])
    expect(checks.map(({ check }) => check)).toEqual([
      ...['runtime', 'models', 'home-writable', 'home-private', 'disk-space', 'policy', 'keys-present'],
      ...['key-permissions', 'backup', 'keys-match-768', 'keys-match-1024', 'data-keys', 'secrets', 'catalogue'],
      ...['vault-objects', 'vault-keys', 'vault-unlisted', 'failed-items'],
    ])
    const env = { SAFELIGHT_PASSPHRASE: 'correct horse battery' }
    await safelight(['keys', 'backup', join(folder, 'doctor.backup'), '--force'], { home, env })
    expect(named((await doctor()).checks, 'backup')).toMatchObject({ status: 'ok' })
  })

  test('says so in words, with the mend', async () => {
    const ran = await safelight(['doctor'], { home })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/^ok {7}runtime: Node /)
    expect(ran.stdout).toMatch(/\nwarning {2}backup: .*\n {9}mend: run safelight keys backup/)
  })

  test('makes nothing where there is no deployment', async () => {
    home = join(temporaryFolder(), 'none')
    expect(await doctor()).toMatchObject({ code: 0, ok: true })
    expect(existsSync(home)).toBe(false)
  })

  test('says of a home that can not be made why not, as whatever would make it does, and none of them tries for ever', async () => {
    home = '/proc/nowhere/home'
    const { code, checks } = await doctor()
    expect(code).toBe(1)
    const detail = 'the home /proc/nowhere/home can not be made in /proc: no folder can be made there'
    expect(named(checks, 'home')).toMatchObject({
      status: 'problem',
      detail,
      mend: expect.stringMatching(/SAFELIGHT_HOME/),
    })
    for (const command of [
      ['put', '-'],
      ['serve', '--port', '0'],
      ['keys', 'init'],
      ['keys', 'restore', '-'],
    ]) {
      const ran = await safelight(command, {
        home,
        input: 'x',
        env: { SAFELIGHT_PASSPHRASE: 'correct horse battery' },
      })
      expect(ran, command.join(' ')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`error: ${detail}\nhint: `),
      })
    }
  })

  test('names a wrongly pinned public key, and keys init mends it', async () => {
    const level = '-1024.pub'
    const name = readdirSync(join(home, 'keys')).find((file) => file.endsWith(level)) ?? ''
    copyFileSync(join(other, 'keys', name), join(home, 'keys', name))
    const sealed = await safelight(['seal', '-'], { home, input: 'lost' })
    expect(await safelight(['open', '-'], { home, input: sealed.bytes })).toMatchObject({ code: 3 })

    const { code, checks } = await doctor()
    expect(code).toBe(1)
    expect(named(checks, 'keys-match-768')).toMatchObject({ status: 'ok' })
    expect(named(checks, 'keys-match-1024')).toMatchObject({
      ...{ status: 'problem', detail: expect.stringMatching(/the wrong public key is pinned/) },
      mend: expect.stringMatching(/safelight keys init/),
    })
    expect(jsonLines(await safelight(['keys', 'init', '--json'], { home }))).toMatchObject([
      { made: false, pinned: [1024] },
    ])
    expect(readFileSync(join(home, 'keys', name)).equals(readFileSync(join(healthy, 'keys', name)))).toBe(true)
    expect((await doctor()).code).toBe(0)
    const again = await safelight(['seal', '-'], { home, input: 'found' })
    expect((await safelight(['open', '-'], { home, input: again.bytes })).stdout).toBe('found')
  })

  test('sees keys that others may read', async () => {
    chmodSync(join(home, 'keys', 'data.key'), 0o644)
    const { code, checks } = await doctor()
    expect(code).toBe(1)
    expect(named(checks, 'key-permissions')).toMatchObject({
      status: 'problem',
      mend: expect.stringMatching(/^chmod /),
    })
  })

  test('sees a home that others may look into or change', async () => {
    chmodSync(home, 0o755)
    expect(named((await doctor()).checks, 'home-private')).toMatchObject({
      status: 'warning',
      mend: `chmod 700 ${home}`,
    })
    chmodSync(home, 0o777)
    expect(named((await doctor()).checks, 'home-private')).toMatchObject({ status: 'problem' })
  })

  test('takes a home that is a file for one, and not for keys that are missing', async () => {
    rmSync(home, { recursive: true })
    writeFileSync(home, '')
    const { code, checks } = await doctor()
    expect(code).toBe(1)
    expect(named(checks, 'home')).toMatchObject({ status: 'problem', detail: `${home} is no folder` })
    expect(JSON.stringify(checks)).not.toContain('keys init')
    for (const command of [['serve', '--port', '0'], ['ls'], ['keys', 'list']]) {
      const ran = await safelight(command, { home })
      expect(ran, command[0]).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`error: ${home} is no folder\n`),
      })
    }
  })

  test('counts what the catalogue lists and the vault does not hold, or holds in another size', async () => {
    const put = await safelight(['put', '-', '--json'], { home, input: 'one' })
    const id = String(jsonLines(put)[0]?.id)
    await safelight(['put', '-'], { home, input: 'two' })
    expect(named((await doctor()).checks, 'vault-objects')).toMatchObject({
      ...{ status: 'ok', detail: expect.stringMatching(/^all of 2 /) },
    })
    const file = await vaultFile(id)
    const bytes = readFileSync(file)
    writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(1)]))
    expect(named((await doctor()).checks, 'vault-objects')?.detail).toMatch(/^of 2 .* 1 damaged or of another size/)
    rmSync(file)
    const { code, checks } = await doctor()
    expect(code).toBe(1)
    expect(named(checks, 'vault-objects')).toMatchObject({
      status: 'problem',
      detail: expect.stringMatching(new RegExp(`^of 2 .* 1 missing, the first of object ${id}`)),
    })
  })

  test('says when it did not look at everything', async () => {
    for (const input of ['one', 'two', 'three']) await safelight(['put', '-'], { home, input })
    await using deployment = await openDeployment(home, { create: false })
    expect(await checkObjects(deployment, 2)).toMatchObject({
      ...{ status: 'warning', detail: expect.stringMatching(/only the newest 2 were looked at/) },
    })
  })

  test('tells an unreadable list of keys from one that is missing', async () => {
    rmSync(join(home, 'keys', 'kem.json'))
    mkdirSync(join(home, 'keys', 'kem.json'))
    const unreadable = named((await doctor()).checks, 'keys-present')
    expect(unreadable).toMatchObject({ status: 'problem', detail: expect.stringContaining(join(home, 'keys')) })
    expect(unreadable?.mend).not.toMatch(/keys init/)
    rmSync(join(home, 'keys', 'kem.json'), { recursive: true })
    expect(named((await doctor()).checks, 'keys-present')?.mend).toBe('safelight keys restore FILE')
  })

  test('sees missing keys, a bad policy and a damaged catalogue', async () => {
    writeFileSync(join(home, 'policy.json'), '{ "version": 9 }')
    expect(named((await doctor()).checks, 'policy')?.detail).toContain(
      `${join(home, 'policy.json')} is not valid: version: `,
    )
    writeFileSync(join(home, 'policy.json'), '{\n  "version": 1,,\n}')
    expect(named((await doctor()).checks, 'policy')).toMatchObject({
      ...{ status: 'problem', detail: expect.stringMatching(/not JSON from line 2, column 16 on$/) },
    })
    rmSync(join(home, 'policy.json'))
    writeFileSync(join(home, 'catalogue.sqlite'), 'no database '.repeat(1_000))
    const damaged = await doctor()
    expect(damaged.code).toBe(1)
    expect(damaged.checks.some(({ status, detail }) => status === 'problem' && /catalogue/i.test(detail))).toBe(true)
    rmSync(join(home, 'catalogue.sqlite'))
    rmSync(join(home, 'keys', 'kem.json'))
    expect(named((await doctor()).checks, 'keys-present')).toMatchObject({ status: 'problem' })
  })

  test('sees failed items and says why they wait', async () => {
    const queue = openQueue(join(home, 'queue.sqlite'), { maxReceives: 1 })
    const s3 = { bucket: { name: 'vault' }, object: { key: 'o/1' } }
    queue.send('verify', JSON.stringify({ upload: 'ab', Records: [{ eventName: 'ObjectCreated:Put', s3 }] }))
    const [message] = queue.receive('verify', { max: 1, visibilityMs: 1_000 })
    if (message) queue.giveBack(message, 'verification-failed:does-not-open')
    queue.close()
    const { code, checks } = await doctor()
    expect(code).toBe(1)
    expect(named(checks, 'failed-items')).toMatchObject({
      ...{ status: 'problem', detail: '1 upload waits in intake: verification-failed:does-not-open' },
      mend: expect.stringMatching(/wrong public key/),
    })
  })
})
