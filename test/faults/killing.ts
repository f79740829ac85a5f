/** A server that is killed again and again under uploads, at chosen boundaries or at chance moments, and looked at in between. */
import { rmSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { filesHolding, piecesOf } from '../support/search.ts'
import { listFailed, PROJECT, type Server, startServer, until, upload } from '../support/server.ts'
import { complaints, filesNow, holdings, orphans, type Sent } from './ledger.ts'
import { type Boundary, type Plan, TOLD } from './strike.ts'
import { opaque, picture } from './uploads.ts'

const ENTRY = join(PROJECT, 'test', 'faults', 'entry.ts')

export interface Killing extends AsyncDisposable {
  readonly home: string
  readonly sent: readonly Sent[]
  /** How often a failed upload had to be sent again by hand. */
  readonly retried: number
  /** The boundaries that one picture passes, in order. */
  boundaries(): Promise<readonly Boundary[]>
  /** Strikes at this boundary of one upload. @returns false when it was never reached */
  strikeAt(boundary: Boundary, nth: number): Promise<boolean>
  /** Uploads by every way in, and a kill after some milliseconds: of the whole group, or of the server alone. */
  killAfter(ms: number, whom: 'group' | 'server'): Promise<void>
  /** Lets everything end. */
  settle(): Promise<void>
  /** Lets everything end, then says what is wrong: also plaintext anywhere in the home, and orphans. */
  rest(): Promise<readonly string[]>
  /** What was wrong between a kill and the next start. */
  readonly found: readonly string[]
}

/** @param root an empty folder, for the home and what isn't the home's */
export function startKilling(root: string, seed: number): Killing {
  const home = join(root, 'home')
  const planFile = join(root, 'plan', 'plan.json')
  const sent: Sent[] = []
  const known = new Map<string, string>()
  const found: string[] = []
  let server: Server | undefined
  let next = seed * 1_000_000 + 1
  let plans = 0
  let retried = 0

  async function plan(strike?: Plan['strike'] | 'off'): Promise<void> {
    await mkdir(join(root, 'plan'), { recursive: true })
    const text = strike === 'off' ? '' : JSON.stringify({ id: String(++plans), ...(strike && { strike }) })
    await writeFile(`${planFile}.new`, text)
    await rename(`${planFile}.new`, planFile)
  }

  async function running(): Promise<Server> {
    if (server) return server
    await plan('off')
    const env = { SAFELIGHT_FAULT_PLAN: planFile, NODE_COMPILE_CACHE: join(root, 'compiled') }
    const command = [process.execPath, ENTRY, 'serve', '--port', '0', '--json'] as const
    server = await startServer({ home, command: [...command], env, group: true })
    return server
  }

  async function send(to: Server, bytes: Uint8Array): Promise<void> {
    const at = sent.push({ bytes, accepted: undefined }) - 1
    const accepted = await upload(to, bytes, `upload-${at}`).then(
      () => true,
      () => undefined,
    )
    sent[at] = { bytes, accepted }
  }

  /** Appears whole, as a careful program would drop it. */
  async function drop({ dropFolder }: Server, bytes: Uint8Array): Promise<void> {
    const name = `drop-${sent.length}.png`
    await writeFile(join(root, name), bytes)
    await rename(join(root, name), join(dropFolder, name))
    sent.push({ bytes, accepted: true })
  }

  async function dead(): Promise<void> {
    server = undefined
    await look(false)
  }

  async function look(atRest: boolean): Promise<void> {
    found.push(...complaints(sent, await holdings(home, known), atRest))
  }

  async function quiet(): Promise<void> {
    await until('everything to end', async () => {
      const now = await running()
      for (const { id } of await listFailed(now)) {
        retried++
        await now.api(`/api/failed/${id}/retry`, { method: 'POST' })
      }
      // A message is removed after what it asked for is done.
      const { queued } = z.object({ queued: z.number() }).parse(await (await now.api('/api/status')).json())
      if (queued > 0) return false
      const waiting = [join(home, 'objects', 'intake', 'objects'), join(home, 'drop')]
      return waiting.every((folder) => filesNow(folder).length === 0)
    })
  }

  return {
    home,
    sent,
    found,
    get retried() {
      return retried
    },

    async boundaries() {
      const now = await running()
      const { printed } = now
      // The sealing process counts from its start, so it is started by an upload before.
      await send(now, await picture(next++))
      await quiet()
      await plan()
      await send(now, await picture(next++))
      await quiet()
      await until(
        'the last boundary',
        async () => printed().lastIndexOf('queue.remove') > printed().lastIndexOf('erase'),
      )
      await plan('off')
      const lines = printed().split('\n')
      return lines.filter((line) => line.startsWith(TOLD)).map((line) => JSON.parse(line.slice(TOLD.length)))
    },

    async strikeAt(strike, nth) {
      const now = await running()
      await quiet()
      await plan({ ...strike, nth })
      await send(now, await picture(next++))
      const struck = await Promise.race([now.ended.then(() => true), sleep(20_000, false, { ref: false })])
      if (!struck) await now.stop('SIGKILL')
      await dead()
      return struck
    },

    async killAfter(ms, whom) {
      const now = await running()
      let alive = true
      const sending = (async () => {
        for (let i = 0; alive && i < 7; i++) {
          if (i === 0) await drop(now, opaque(next++, 40_000))
          else await send(now, i % 3 === 0 ? await picture(next++) : opaque(next++, i % 3 === 1 ? 5_000 : 600_000))
        }
      })()
      await sleep(ms)
      alive = false
      if (whom === 'group') await now.stop('SIGKILL')
      else process.kill(now.pid, 'SIGKILL')
      await Promise.all([now.ended, sending])
      await dead()
    },

    settle: quiet,

    async rest() {
      await running()
      await quiet()
      const pieces = sent.flatMap(({ bytes }) => piecesOf(bytes))
      const holding = filesHolding(home, pieces)
      if (holding.length > 0) found.push(`${holding.length} files hold plaintext`)
      await server?.stop()
      server = undefined
      await look(true)
      const left = await orphans(home)
      if (left.length > 0) found.push(`${left.length} orphans are left after a sweep`)
      return found
    },

    async [Symbol.asyncDispose]() {
      await server?.stop('SIGKILL')
      rmSync(root, { recursive: true, force: true })
    },
  }
}
