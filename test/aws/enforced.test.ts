/** The same way from upload to exact bytes where IAM is enforced: the roles as deployed suffice for it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../rules/tree.ts'
import { withoutUnknownConditions } from './conditions.ts'
import { type Deployed, deployed } from './deployed.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

let emulator: Emulator
let on: Deployed

beforeAll(async () => {
  emulator = await startMiniStack({ auth: true })
  on = await deployed(emulator, { transform: withoutUnknownConditions, asCaller: true })
})
afterAll(async () => {
  await emulator?.[Symbol.asyncDispose]()
})

test('a photograph is sealed, committed, erased, opened by link, rewrapped and erased, each under its own role', async () => {
  const body = await readFile(join(root, 'test/fixtures/pictures/face.jpg'))
  await on.safelight('keys', 'init')
  const id = await on.becomes('photograph', await on.upload('photograph', body))
  expect(await on.left()).toEqual([])
  const { url } = await on.stack.link({ objectId: id })
  expect((await on.read(url)).equals(body)).toBe(true)
  await on.safelight('keys', 'rotate')
  expect(JSON.parse(await on.safelight('rewrap', '--json'))).toMatchObject({ rewrapped: 3, failed: 0 })
  await on.safelight('keys', 'retire', '1')
  const again = await on.stack.link({ objectId: id, rendition: 'preview' })
  expect((await on.read(again.url)).subarray(8, 12).toString()).toBe('WEBP')
  expect(await on.safelight('erase', id, '--reason', 'a-test')).toMatch(/erased/)
})
