// Packages: small, free of native modules but seal's, the same bytes twice, and running in the Node that Lambda runs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileSystem } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { ENV, type FunctionName } from '../../functions/env.ts'
import { bundle } from '../../infra/bundle.ts'
import { copyNativePackages, sizeOf } from '../../infra/native.ts'
import { root } from '../rules/tree.ts'
import { filesBelow } from '../support/search.ts'
import { RUN_PACKAGE, TOLD } from './package-run.ts'

const MB = 1_000_000
const names = Object.keys(ENV).filter((name): name is FunctionName => Object.hasOwn(ENV, name))
const written = names.filter((name) => existsSync(join(root, 'functions', name, 'entry.ts')))

describe.each(written)('the package of %s', (name) => {
  const folder = bundle(name)

  test('is the same when it is made again', () => {
    expect(FileSystem.fingerprint(bundle(name))).toBe(FileSystem.fingerprint(folder))
  })

  test('is small, and holds native modules only where images are decoded', () => {
    const native = filesBelow(folder).filter((file) => /\.(node|so)(\.|$)/.test(file))
    if (name === 'seal') {
      expect(native).not.toEqual([])
      expect(native.filter((file) => /darwin|win32|arm64|musl/.test(file.slice(folder.length)))).toEqual([])
    } else {
      expect(native).toEqual([])
    }
    expect(sizeOf(folder)).toBeLessThan(name === 'seal' ? 140 * MB : 3 * MB)
  })

  test('answers in Node 24, from where it lies', () => {
    const { event, env, expected } = TOLD[name]
    const answer = execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', RUN_PACKAGE, folder, JSON.stringify(event)],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...env, PATH: process.env.PATH, LAMBDA_TASK_ROOT: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const last = answer.trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toMatchObject(expected)
  })
})

test('native packages for one architecture are the same when they are copied again', () => {
  const copies = ['a', 'b'].map((name) => mkdtempSync(join(tmpdir(), `safelight-native-${name}-`)))
  try {
    for (const copy of copies) copyNativePackages(copy, 'x64')
    const [first, second] = copies.map((copy) => FileSystem.fingerprint(copy))
    expect(first).toBe(second)
    expect(copies.map(sizeOf).every((size) => size > 40 * MB && size < 130 * MB)).toBe(true)
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true })
  }
})
