/** Many files dropped at once on a real server: how long it takes, and how much memory. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Server, startServer, until } from '../support/server.ts'
import { complaints, filesNow, holdings } from './ledger.ts'
import { opaque } from './uploads.ts'

export interface Flood {
  readonly ms: number
  /** Most memory that the server's process held, in MiB, before the flood and at its end; 0 where /proc doesn't tell. */
  readonly idleMiB: number
  readonly peakMiB: number
  /** What is wrong afterwards. */
  readonly wrong: readonly string[]
  /** The slowest answer of /api/status meanwhile, in milliseconds. */
  readonly slowestMs: number
}

function peakMiB({ pid }: Server): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
  } catch {
    return 0
  }
}

/** @param root an empty folder */
export async function flood(root: string, files: number, timeoutMs: number): Promise<Flood> {
  const home = join(root, 'home')
  const ready = join(root, 'ready')
  mkdirSync(ready)
  const sent = Array.from({ length: files }, (_, i) => ({ bytes: opaque(i + 1, 2_000), accepted: true }))
  for (const [i, { bytes }] of sent.entries()) writeFileSync(join(ready, `file-${i}`), bytes)
  const server = await startServer({ home })
  try {
    const idle = peakMiB(server)
    const started = performance.now()
    for (const i of sent.keys()) renameSync(join(ready, `file-${i}`), join(server.dropFolder, `file-${i}`))
    let slowestMs = 0
    await until(
      'everything to be sealed',
      async () => {
        const asked = performance.now()
        if ((await server.api('/api/status')).status !== 200) throw new Error('the server did not answer')
        slowestMs = Math.max(slowestMs, Math.round(performance.now() - asked))
        const waiting = [server.dropFolder, join(home, 'objects', 'intake')]
        return waiting.every((folder) => filesNow(folder).length === 0)
      },
      timeoutMs,
    )
    const ms = Math.round(performance.now() - started)
    const peak = peakMiB(server)
    await server.stop()
    return { ms, idleMiB: idle, peakMiB: peak, slowestMs, wrong: complaints(sent, await holdings(home), true) }
  } finally {
    await server.stop('SIGKILL')
  }
}
