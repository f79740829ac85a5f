// A proof can't pass by saying nothing, stopping early or going on after a failure.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const report = JSON.stringify(join(import.meta.dirname, '..', 'prove', 'report.ts'))

function prove(body: string): { status: number | null; stdout: string } {
  const code = `import { check, finish } from ${report}\n${body}`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
}

test('a proof that saw everything succeeds', () => {
  const { status, stdout } = prove("check('a', true, '3 of 3'); finish()")
  expect(stdout).toBe('ok   a: 3 of 3\n1 seen, 0 not\n')
  expect(status).toBe(0)
})

test('one failure fails the proof, whatever follows', () => {
  const { status, stdout } = prove("check('a', false); check('b', true); finish()")
  expect(stdout).toBe('FAIL a\nok   b\n1 seen, 1 not\n')
  expect(status).toBe(1)
})

test.each([
  ['nothing checked', 'finish()'],
  ['no end', "check('a', true)"],
  ['an error', "check('a', true); throw new Error('x')"],
  ['nothing left to wait for', "check('a', true); await new Promise(() => {}); finish()"],
])('a proof fails with %s', (_, body) => {
  expect(prove(body).status).not.toBe(0)
})
