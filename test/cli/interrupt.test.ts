import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MAIN, start, temporaryFolder } from './run.ts'

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

test('output that can not be written is an error, said without a stack', () => {
  const shell = spawnSync('sh', ['-c', 'exec "$0" "$1" --help >/dev/full', process.execPath, MAIN])
  expect(shell.status).toBe(1)
  expect(shell.stderr.toString()).toMatch(
    /^error: what was asked for could not be written: no space left on the disk\nhint: [^\n]*\n$/,
  )
})
