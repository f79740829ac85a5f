/** The way of one photograph once more, where every function has the permissions of its role and nothing else. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withoutUnknownConditions } from './conditions.ts'
import { type Deployed, deployed } from './deployed.ts'
import type { Emulator } from './emulator.ts'
import { proveFirstLight } from './firstLight.ts'
import { startMiniStack } from './ministack.ts'

let emulator: Emulator
let on: Deployed

beforeAll(async () => {
  emulator = await startMiniStack({ auth: true })
  on = await deployed(emulator, { asCaller: true, transform: withoutUnknownConditions })
})
afterAll(async () => {
  await emulator?.[Symbol.asyncDispose]()
})

test('with roles enforced, a photograph is sealed, verified, erased and opened by link', async () => {
  const seen: string[] = []
  await proveFirstLight(on, (name, condition, detail) => {
    seen.push(name)
    expect(condition, `${name}: ${detail}`).toBe(true)
  })
  expect(seen.length).toBeGreaterThan(8)
})

test('with roles enforced, keys rotate, objects are rewrapped and one is erased for good', async () => {
  expect(await on.safelight('keys', 'rotate')).toMatch(/generation 2 /)
  expect(JSON.parse(await on.safelight('rewrap', '--json'))).toMatchObject({ failed: 0 })
  expect(await on.safelight('keys', 'retire', '1')).toMatch(/generation 1 is retired/)
  const { id } = JSON.parse(await on.safelight('ls', '--json'))
  expect((await on.read((await on.stack.link({ objectId: id, uses: 1 })).url)).length).toBeGreaterThan(0)
  await on.safelight('erase', id, '--reason', 'subject-request')
  expect(await on.safelight('ls', '--json')).toBe('')
})
