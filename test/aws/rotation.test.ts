/** Rotation on a stack, small: `npm run prove -- aws-rotate` does it with more. */
import { expect, test } from 'vitest'
import { useEmulator } from '../platform/aws/keyStack.ts'
import { startFaultProxy } from './faults/proxy.ts'
import { startMiniStack } from './ministack.ts'
import { proveRotation } from './rotation.ts'

test('rewrap killed and resumed, an old generation retired, old envelopes refused, the catalogue made again', async () => {
  await using emulator = await startMiniStack()
  useEmulator(emulator)
  await using proxy = await startFaultProxy(emulator.endpoint)
  const seen: string[] = []
  await proveRotation({ emulator, proxy }, 5, (name, condition, detail) => {
    seen.push(name)
    expect(condition, `${name}: ${detail}`).toBe(true)
  })
  expect(seen.length).toBeGreaterThan(25)
})
