/** A home has one server; another is refused at once, and `put` works beside it. Killed servers hold nothing. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { safelight, sharedFolder, temporaryFolder } from '../cli/run.ts'
import { type Server, startServer } from '../support/server.ts'
import { complaints, holdings } from './ledger.ts'
import { opaque } from './uploads.ts'

const SERVE = ['serve', '--port', '0', '--json']

test('a second server is refused at once and told where the first is; one that was killed is in nobody’s way', async () => {
  const home = join(temporaryFolder(), 'home')
  const first = await startServer({ home })
  try {
    const second = await safelight(SERVE, { home })
    expect(second.code).toBe(1)
    expect(second.stdout).toBe('')
    expect(second.stderr).toContain(
      `error: Safelight serves this home already (process ${first.pid}, at ${first.origin})`,
    )
    expect(second.stderr).toMatch(/hint: .*stop it first/)
    // The refused one changed nothing that the first goes by.
    expect((await first.api('/api/status')).status).toBe(200)
  } finally {
    await first.stop('SIGKILL')
  }
  const third = await startServer({ home })
  await third.stop()
})

describe('put beside a server', () => {
  const folder = sharedFolder()
  const home = join(folder, 'home')
  let server: Server
  beforeAll(async () => {
    server = await startServer({ home })
  })
  afterAll(() => server.stop())

  test('and both seal each upload once', async () => {
    const files = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => {
        const file = join(folder, `file-${seed}`)
        await writeFile(file, opaque(seed))
        return file
      }),
    )
    const puts = await Promise.all([
      safelight(['put', ...files.slice(0, 2)], { home }),
      safelight(['put', ...files.slice(2)], { home }),
    ])
    expect(puts.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const sent = [1, 2, 3, 4].map((seed) => ({ bytes: opaque(seed), accepted: true }))
    expect(complaints(sent, await holdings(home), true)).toEqual([])
  })
})
