/** A real server of ours as a child process on a home of its own: what it announced, everything it printed, and its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'

const announcement = z.object({ url: z.string(), linkOrigin: z.string(), home: z.string(), dropFolder: z.string() })

export const PROJECT = join(import.meta.dirname, '..', '..')
export const MAIN = join(PROJECT, 'cli', 'main.ts')

/**
 * On a connection of its own: whoever runs a command in between (spawnSync) for as long as the server keeps connections
 * would send the next request down one that is just being closed.
 */
const ALONE = { Connection: 'close' } as const

export interface Server extends z.infer<typeof announcement> {
  readonly origin: string
  readonly token: string
  /** Everything on stdout and stderr so far. */
  printed(): string
  /** The console's interface, with the token. */
  api(path: string, init?: RequestInit): Promise<Response>
  stop(signal?: NodeJS.Signals): Promise<void>
  /** When it has ended, by whomever. */
  readonly ended: Promise<void>
  readonly pid: number
}

export interface ServerOptions {
  /** Give it a process group of its own, all of which is signalled: what a power cut takes. */
  readonly group?: boolean
  readonly home: string
  /** The command whose first JSON line is the announcement; `serve` of this checkout by default. */
  readonly command?: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

async function announced(child: ChildProcess, printed: () => string, timeoutMs: number) {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    const line = printed()
      .split('\n')
      .find((text) => text.startsWith('{"url"') && text.endsWith('}'))
    if (line) return announcement.parse(JSON.parse(line))
    if (child.exitCode !== null) throw new Error(`the server ended:\n${printed()}`)
    await sleep(50)
  }
  throw new Error(`the server announced nothing:\n${printed()}`)
}

/** Whoever is gone already needs no signal. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const [file, ...args] = options.command ?? [process.execPath, MAIN, 'serve', '--port', '0', '--json']
  const env = { ...process.env, NO_COLOR: '1', SAFELIGHT_HOME: options.home, ...options.env }
  const { cwd = PROJECT, group = false } = options
  const child = spawn(file, args, { cwd, env, detached: group, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!group) child.kill(signal)
    else if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) kill(-child.pid, signal)
    await ended
  }
  try {
    const found = await announced(child, () => output, options.timeoutMs ?? 60_000)
    const { origin, hash } = new URL(found.url)
    const token = hash.replace('#token=', '')
    return {
      ...found,
      origin,
      token,
      printed: () => output,
      api: (path, init) =>
        fetch(`${origin}${path}`, {
          ...init,
          headers: { Authorization: `Bearer ${token}`, ...ALONE, ...init?.headers },
        }),
      stop,
      ended,
      pid: child.pid ?? 0,
    }
  } catch (error) {
    await stop('SIGKILL')
    throw error
  }
}

const objectList = z.object({
  objects: z.array(z.object({ id: z.string(), tier: z.string(), size: z.number(), renditions: z.array(z.string()) })),
})
export type Listed = z.infer<typeof objectList>['objects'][number]

export async function listObjects(server: Server): Promise<Listed[]> {
  const response = await server.api('/api/objects?limit=1000')
  return objectList.parse(await response.json()).objects
}

const failedList = z.object({
  failed: z.array(z.object({ id: z.string(), upload: z.string(), stage: z.string(), reason: z.string() })),
})

export async function listFailed(server: Server): Promise<z.infer<typeof failedList>['failed']> {
  return failedList.parse(await (await server.api('/api/failed')).json()).failed
}

export async function upload(server: Server, bytes: Uint8Array, name: string): Promise<string> {
  const headers = { 'X-File-Name': encodeURIComponent(name) }
  const response = await server.api('/api/uploads', { method: 'POST', headers, body: Uint8Array.from(bytes) })
  return z.object({ upload: z.string() }).parse(await response.json()).upload
}

const madeLink = z.object({ url: z.string(), expires: z.string(), link: z.string() })

export async function makeLink(
  server: Server,
  id: string,
  order: { readonly ttlSeconds: number; readonly uses: number; readonly rendition?: string },
): Promise<z.infer<typeof madeLink>> {
  const body = JSON.stringify({ rendition: 'original', ...order })
  return madeLink.parse(await (await server.api(`/api/objects/${id}/links`, { method: 'POST', body })).json())
}

/** Waits for something to become true, asking often. @throws with `what` after `timeoutMs` */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await ask()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`)
    await sleep(100)
  }
}
