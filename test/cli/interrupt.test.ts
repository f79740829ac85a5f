import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { start, temporaryFolder } from './run.ts'

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a command with %i and leaves no temporary file', async (signal, code) => {
  const folder = temporaryFolder()
  const child = start(['inspect', '-'], { env: { TMPDIR: folder } })
  child.stdin.on('error', () => {})
  child.stdin.write('the beginning of something')
  while (readdirSync(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill(signal)
  expect(await once(child, 'close')).toEqual([code, null])
  expect(readdirSync(folder)).toEqual([])
})

test('a reader that goes away is no error', async () => {
  const child = start(['--help'])
  child.stdout.destroy()
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(errors).toBe('')
})
