// A sample of `npm run prove -- rotate`: 30 objects instead of 1,000.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryHome } from '../platform/home.ts'
import { proveRotation } from '../support/rotation.ts'

test('rotation, rewrap killed twice, retire: all open, bodies untouched, old envelopes refused', async () => {
  const { home, remove } = await temporaryHome()
  const seen: string[] = []
  await proveRotation(join(home, 'home'), 30, (name, condition, detail) => {
    seen.push(name)
    expect(condition, `${name}: ${detail}`).toBe(true)
  })
  expect(seen.length).toBeGreaterThan(10)
  await remove()
})
