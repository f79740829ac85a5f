/** Files that change while they are read: whatever is committed is what one reading saw, under the hash of just that. */
import { closeSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openDeployment } from '../../cli/deployment.ts'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { openStored } from '../../shared/flow/stored.ts'
import { safelight, temporaryFolder } from '../cli/run.ts'
import { collect } from '../support/memory.ts'
import { startServer, until } from '../support/server.ts'
import { sha256 } from './ledger.ts'
import { opaque } from './uploads.ts'

/** What is committed, each compared with the hash in its own sealed metadata. */
async function contentsOf(home: string): Promise<Buffer[]> {
  await using deployment = await openDeployment(home, { create: false })
  const found: Buffer[] = []
  for await (const row of deployment.catalogue.every()) {
    const opened = await openStored(deployment, VAULT_KEYS.object(row.id), row, row.envelopeGeneration)
    const bytes = await collect(opened.stream())
    expect(sha256(bytes)).toBe(Buffer.from(opened.metadata.sha256).toString('hex'))
    found.push(bytes)
  }
  return found
}

test('a dropped file that is still being written ends as the whole, and nothing but beginnings of it beside', async () => {
  const home = join(temporaryFolder(), 'home')
  const server = await startServer({ home })
  const whole = Buffer.from(opaque(1, 3_000_000))
  try {
    const file = openSync(join(server.dropFolder, 'growing'), 'w')
    for (let at = 0; at < whole.length; at += 500_000) {
      writeSync(file, whole.subarray(at, at + 500_000))
      await sleep(at % 1_000_000 === 0 ? 900 : 100)
    }
    closeSync(file)
    await until('the folder to be empty', async () => {
      const taken = readdirSync(join(server.dropFolder, '.taken'))
      return readdirSync(server.dropFolder).length === 1 && taken.length === 0
    })
  } finally {
    await server.stop()
  }
  const contents = await contentsOf(home)
  expect(contents.filter((bytes) => bytes.equals(whole))).toHaveLength(1)
  for (const bytes of contents) expect(bytes.equals(whole.subarray(0, bytes.length))).toBe(true)
})

test('a file that is rewritten under put is sealed as it was read, put says so, and --erase leaves what came after', async () => {
  const folder = temporaryFolder()
  const home = join(folder, 'home')
  const file = join(folder, 'changing')
  writeFileSync(file, opaque(1, 4_000_000))
  let rewriting = true
  const rewriter = (async () => {
    for (let i = 2; rewriting; i++) {
      writeFileSync(file, opaque(i, 4_000_000))
      await sleep(20)
    }
  })()
  const put = await safelight(['put', '--erase', file], { home })
  rewriting = false
  await rewriter
  expect([put.code, put.stdout.includes('changing')]).toEqual([0, true])
  expect(put.stderr).toMatch(/changed while it was read: what is sealed may be partly the old/)
  expect(put.stderr).toMatch(/was kept: it changed while it was being sealed/)
  expect(readdirSync(folder)).toContain('changing')
  expect(await contentsOf(home)).toHaveLength(1)
})
