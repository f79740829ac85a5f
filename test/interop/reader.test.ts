/** The reader in Python, written from docs/FORMAT.md alone, agrees with the committed vectors, each by its own verdict. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { PROJECT } from '../support/server.ts'

const VECTORS = join(PROJECT, 'test', 'vectors')
const { SAFELIGHT_TEST_PYTHON } = process.env

const refusal = z.object({ name: z.string(), breaks: z.string() })
const vectorsIn = (kind: 'open' | 'refuse') =>
  readdirSync(join(VECTORS, 'v1', kind)).filter((name) => name.endsWith('.json'))

test('it opens every vector that opens, and refuses every other by the section that the vector names', () => {
  // Not skipped: a run without the reader would say that the format is what the page says, and not have looked.
  if (!SAFELIGHT_TEST_PYTHON) throw new Error('there is no Python: `npm test` prepares one and names it')
  const reader = join(PROJECT, 'test', 'interop', 'run.py')
  const run = spawnSync(SAFELIGHT_TEST_PYTHON, [reader, VECTORS], { encoding: 'utf8' })
  const lines = run.stdout.trimEnd().split('\n')
  const [open, refuse] = [vectorsIn('open'), vectorsIn('refuse')]
  expect(open.length).toBeGreaterThanOrEqual(12)
  expect(refuse.length).toBeGreaterThanOrEqual(50)
  expect(lines.at(-1), run.stderr).toBe(`${open.length} opened, ${refuse.length} refused, 0 wrong`)
  const unlike = refuse.filter((file) => {
    const { name, breaks } = refusal.parse(JSON.parse(readFileSync(join(VECTORS, 'v1', 'refuse', file), 'utf8')))
    return !lines.some((line) => line.startsWith(`refused  refuse/${name}: section ${breaks} `))
  })
  expect(unlike).toEqual([])
  expect(run.status).toBe(0)
})
