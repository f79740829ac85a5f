// When dependencies are installed, when not, and what is said when that fails.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agrees, hintFor, keepOnlyThisPlatform, npmCommand, plan, satisfies, stampOf } from '../../scripts/install.mjs'

const lockText = JSON.stringify({
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', dev: true },
    'node_modules/c': { version: '3.0.0', optional: true },
  },
})
const full = stampOf(lockText, 'full')
const production = stampOf(lockText, 'production')

test('a full install serves production, and not the other way round', () => {
  expect(satisfies(full, lockText, 'production')).toBe(true)
  expect(satisfies(production, lockText, 'production')).toBe(true)
  expect(satisfies(full, lockText, 'full')).toBe(true)
  expect(satisfies(production, lockText, 'full')).toBe(false)
})

test('another lock file, another platform or no stamp asks for an install', () => {
  expect(satisfies(full, `${lockText} `, 'production')).toBe(false)
  expect(satisfies(stampOf(lockText, 'full', 'plan9-mips'), lockText, 'full')).toBe(false)
  expect(satisfies(undefined, lockText, 'production')).toBe(false)
})

describe('the plan', () => {
  const a = { 'node_modules/a': { version: '1.0.0' } }
  const ab = { ...a, 'node_modules/b': { version: '2.0.0' } }
  test('is nothing when the stamp says so', () => {
    expect(plan({ begun: false, stamp: full, lockText, mode: 'full' })).toBe('ready')
  })
  test('starts afresh when there is nothing, or an install was interrupted', () => {
    expect(plan({ begun: false, lockText, mode: 'production' })).toBe('clean')
    expect(plan({ begun: true, stamp: full, lockText, installed: ab, mode: 'full' })).toBe('clean')
  })
  test('starts afresh when the lock file changed', () => {
    expect(plan({ begun: false, stamp: stampOf('old', 'full'), lockText, mode: 'full' })).toBe('clean')
  })
  test('adds to a production install of the same lock file, without pulling it from under a server', () => {
    expect(plan({ begun: false, stamp: production, lockText, installed: a, mode: 'full' })).toBe('add')
  })
  test('accepts what somebody installed by hand, when it is what the lock file says', () => {
    expect(plan({ begun: false, lockText, installed: ab, mode: 'full' })).toBe('accept')
    expect(plan({ begun: false, lockText, installed: a, mode: 'production' })).toBe('accept')
  })
})

test('an install agrees with the lock file in every version; only optional packages may be missing', () => {
  const locked = { '': {}, x: { version: '1.0.0' }, y: { version: '1.0.0', optional: true } }
  expect(agrees(locked, { x: { version: '1.0.0' } }, 'full')).toBe(true)
  expect(agrees(locked, { x: { version: '1.0.1' } }, 'full')).toBe(false)
  expect(agrees(locked, { x: { version: '1.0.0' }, y: { version: '1.0.1' } }, 'full')).toBe(false)
  expect(agrees(locked, {}, 'full')).toBe(false)
})

test('npm is the one that runs us, where there is one', () => {
  expect(npmCommand({})).toEqual(['npm'])
  expect(npmCommand({ npm_execpath: 'missing/npm-cli.js', npm_node_execpath: process.execPath })).toEqual(['npm'])
})

test.each([
  ['spawn npm ENOENT', 'npm was not found'],
  ['npm error code EAI_AGAIN', 'network'],
  ['npm error code ENOSPC', 'disk is full'],
  ['npm error code EACCES', 'writable'],
  ['npm error code EUSAGE', 'disagree'],
  ['npm error code EINTEGRITY', 'cache clean'],
  ['something else', 'again is safe'],
])('after %s the hint says: %s', (output, words) => {
  expect(hintFor(output)).toContain(words)
})

describe('pruning', () => {
  let bin = ''
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'safelight-prune-'))
    for (const folder of ['linux/x64', 'linux/arm64', 'darwin/arm64']) {
      mkdirSync(join(bin, 'napi-v6', folder), { recursive: true })
    }
  })
  afterEach(() => rmSync(bin, { recursive: true }))

  test('keeps the binaries of this platform alone, however often', () => {
    keepOnlyThisPlatform(bin, 'linux', 'x64')
    keepOnlyThisPlatform(bin, 'linux', 'x64')
    const left = ['linux/x64', 'linux/arm64', 'darwin'].map((folder) => existsSync(join(bin, 'napi-v6', folder)))
    expect(left).toEqual([true, false, false])
  })
  test('keeps everything where this platform has none, and minds no missing package', () => {
    keepOnlyThisPlatform(bin, 'linux', 's390x')
    keepOnlyThisPlatform(join(bin, 'absent'), 'linux', 'x64')
    expect(existsSync(join(bin, 'napi-v6/darwin/arm64'))).toBe(true)
  })
})
