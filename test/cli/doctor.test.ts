import { chmodSync, copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
  chmodSync(join(home, 'keys'), 0o700)
})

async function doctor(): Promise<{ code: number | null; ok: unknown; checks: readonly Check[] }> {
  const ran = await safelight(['doctor', '--json'], { home })
  const [{ ok, checks } = {}] = jsonLines(ran)
  return { code: ran.code, ok, checks: Array.isArray(checks) ? checks : [] }
}

const named = (checks: readonly Check[], name: string) => checks.find(({ check }) => check === name)

describe('doctor', () => {
  test('finds nothing wrong with a new deployment but the missing backup', async () => {
    const { code, ok, checks } = await doctor()
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(checks.filter(({ status }) => status !== 'ok').map(({ check }) => check)).toEqual(['backup'])
    expect(checks.map(({ check }) => check)).toEqual([
      ...['runtime', 'models', 'home-writable', 'disk-space', 'policy', 'keys-present', 'key-permissions', 'backup'],
      ...['keys-match-768', 'keys-match-1024', 'data-keys', 'secrets', 'catalogue', 'failed-items'],
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

  test('sees missing keys, a bad policy and a damaged catalogue', async () => {
    writeFileSync(join(home, 'policy.json'), '{ "version": 9 }')
    expect(named((await doctor()).checks, 'policy')).toMatchObject({
      ...{ status: 'problem', detail: expect.stringMatching(/version/) },
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
