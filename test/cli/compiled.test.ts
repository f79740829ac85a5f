/** The command line starts from code that an earlier start compiled. */
import { expect, test } from 'vitest'
import { safelight } from './run.ts'

test('a second start finds its modules compiled', async () => {
  await safelight(['--version'])
  const { code, stderr } = await safelight(['--version'], { env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' } })
  expect(code).toBe(0)
  expect(stderr).toMatch(/cli\/dispatch\.ts was accepted/)
})
