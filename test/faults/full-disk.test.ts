/**
 * A disk that takes no more, a home that may not be written to: nothing is lost, nothing half-written is kept, the message
 * says what to do, the server stays up, and once it is mended everything commits. A limit on the size of files stands for
 * the full disk, since anybody may set one; `npm run prove -- full-disk` fills a real one.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { safelight, sharedFolder } from '../cli/run.ts'
import { filesBelow } from '../support/search.ts'
import { MAIN, startServer, until } from '../support/server.ts'
import { complaints, holdings, sha256 } from './ledger.ts'
import { opaque } from './uploads.ts'

const folder = sharedFolder()
const LIMIT = 512 * 1024
/** POSIX counts in 512 bytes. */
const limited = (...args: string[]) =>
  ['sh', '-c', `ulimit -f ${LIMIT / 512}; exec "$0" "$@"`, process.execPath, MAIN, ...args] as const

async function post(server: Awaited<ReturnType<typeof startServer>>, bytes: Uint8Array) {
  const response = await server.api('/api/uploads', { method: 'POST', body: Uint8Array.from(bytes) })
  return { status: response.status, text: await response.text() }
}

test('what does not fit is refused whole with what to do, what was accepted waits, and commits when there is room', async () => {
  const home = join(folder, 'limited')
  // Fits as it is, and not any more with the header that sealing adds.
  const [small, tight, large] = [opaque(1), opaque(2, LIMIT - 300), opaque(3, LIMIT + 300)]
  const server = await startServer({ home, command: [...limited('serve', '--port', '0', '--json')] })
  try {
    const refused = await post(server, large)
    expect(refused.status).toBe(503)
    expect(refused.text).toMatch(/raise the limit \(ulimit -f\), then try again/)
    expect(filesBelow(join(home, 'objects'))).toEqual([])

    expect((await post(server, tight)).status).toBe(202)
    await until('sealing to fail', async () => /"stage":"seal","reason":"unavailable"/.test(server.printed()))
    expect((await post(server, small)).status).toBe(202)
    await until('the small one', async () => (await holdings(home)).committed.length === 1)
    expect((await server.api('/api/status')).status).toBe(200)
    expect((await holdings(home)).waiting).toEqual([sha256(tight)])
    expect(filesBelow(join(home, 'objects', 'vault', 'tmp'))).toEqual([])
  } finally {
    await server.stop()
  }
  const file = join(folder, 'large')
  writeFileSync(file, large)
  const [shell, ...args] = limited('put', file)
  const put = spawnSync(shell, args, { env: { ...process.env, SAFELIGHT_HOME: home }, encoding: 'utf8' })
  expect(put.status).toBe(1)
  expect(put.stderr).toMatch(/error: .*raise the limit \(ulimit -f\)/)
  expect(put.stderr).toMatch(/hint: /)

  const mended = await startServer({ home })
  try {
    await until('the one that waited', async () => (await holdings(home)).committed.length === 2)
  } finally {
    await mended.stop()
  }
  const sent = [small, tight].map((bytes) => ({ bytes, accepted: true }))
  expect(complaints(sent, await holdings(home), true)).toEqual([])
})

test('a home that may not be written to is said to be so, by every command, with exit code 1', async () => {
  const home = join(folder, 'forbidden')
  expect((await safelight(['keys', 'init'], { home })).code).toBe(0)
  const file = join(folder, 'picture')
  writeFileSync(file, opaque(4))
  mkdirSync(join(folder, 'elsewhere'))
  for (const path of [folder, join(folder, 'elsewhere'), home]) chmodSync(path, 0o555)
  // Root may write anywhere: somebody else asks then.
  const who = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  try {
    for (const command of [['serve', '--port', '0'], ['put', file], ['ls'], ['rewrap']]) {
      const env = { PATH: process.env.PATH, SAFELIGHT_HOME: home }
      const ran = spawnSync(process.execPath, [MAIN, ...command], { env, encoding: 'utf8', cwd: '/', ...who })
      expect([ran.status, ran.stdout], command[0]).toEqual([1, ''])
      expect(ran.stderr, command[0]).toMatch(/error: .*(permission denied|can not be written)/)
      expect(ran.stderr, command[0]).toMatch(/chown|hint: /)
    }
  } finally {
    for (const path of [folder, home]) chmodSync(path, 0o755)
  }
})
