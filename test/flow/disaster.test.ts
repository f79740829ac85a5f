// A sample of `npm run prove -- restore-elsewhere`; test/cli/rotation.test.ts has one of `torn-catalogue`.
import { expect, test } from 'vitest'
import { temporaryHome } from '../platform/home.ts'
import { proveRestore } from '../support/disaster.ts'

test('a backup of the keys and a copy of the vault bring everything back on another machine, catalogue or not', async () => {
  const { home, remove } = await temporaryHome()
  await proveRestore(home, 8, (name, condition, detail) => expect(condition, `${name}: ${detail}`).toBe(true))
  await remove()
})
