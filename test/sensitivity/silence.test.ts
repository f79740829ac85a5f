/** The inference runtime reports to nobody: no device id, no event database, no debug log, and no name looked up. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../support/server.ts'

/** Looks at a picture with every model, in a process of its own, and says its pid. */
const LOOK = `
  const { loadModels } = await import('./shared/sensitivity/models.ts')
  const models = await loadModels('models')
  if (!models.ok) throw new Error('models are refused')
  process.stdout.write(String(process.pid))
`

test('a process that loads the models leaves no file outside, whatever its environment says', async () => {
  const home = await mkdtemp(join(tmpdir(), 'safelight-silence-'))
  try {
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, ORT_DISABLE_TELEMETRY: '0' }
    const look = spawnSync(process.execPath, ['--input-type=module', '--eval', LOOK], { cwd: PROJECT, env })
    expect(look.status, look.stderr.toString()).toBe(0)
    expect(await readdir(home, { recursive: true })).toEqual([])
    expect(existsSync(`/tmp/mat-debug-${look.stdout.toString()}.log`)).toBe(false)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
