/** An AWS emulator as a child process: a free port on loopback, ready when it answers, gone with whoever started it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  readonly port: number
  /** Of the process group that is killed at the end. */
  readonly pid: number
  /** What AWS clients in this or a child process read to reach it, and nothing but it. */
  readonly env: Readonly<Record<string, string>>
}

export interface EmulatorOptions {
  readonly name: string
  readonly command: (port: number) => readonly string[]
  readonly env?: (port: number) => Readonly<Record<string, string>>
  /** Whether it answers as it should; throwing is "not yet". */
  readonly isHealthy: (endpoint: string) => Promise<boolean>
  /** File that its output is appended to; a temporary one by default. */
  readonly log?: string | undefined
}

const TRIES = 3
const START_MS = 60_000
/** Runs the emulator, and kills the whole group, itself included, once nobody holds the other end of its standard input. */
const TETHER = 'exec 3<&0; "$@" </dev/null 3<&- & it=$!; (cat <&3 >/dev/null; kill -s KILL 0) & wait "$it"'

/** @throws when it ends or stays silent for a minute; its last words are in the message */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  // Somebody else may take the free port before the emulator does.
  for (let tries = 1; ; tries++) {
    try {
      return await start(options)
    } catch (error) {
      if (tries === TRIES || !(error instanceof Error && /address.*in use/i.test(error.message))) throw error
    }
  }
}

async function start({ name, command, env = () => ({}), isHealthy, log }: EmulatorOptions): Promise<Emulator> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const folder = mkdtempSync(join(tmpdir(), 'safelight-emulator-'))
  const logFile = log ?? join(folder, 'log')
  const output = openSync(logFile, 'a')
  const child = spawn('sh', ['-c', TETHER, 'sh', ...command(port)], {
    cwd: folder,
    env: { ...withoutAws(process.env), PATH: pathWithNode(), TMPDIR: folder, ...env(port) },
    stdio: ['pipe', output, output],
    // A group of its own, so that what it starts ends with it.
    detached: true,
  })
  closeSync(output)
  async function stop(): Promise<void> {
    if (child.pid !== undefined) await killGroup(child.pid)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await answering(child, () => isHealthy(endpoint))
    return { endpoint, port, pid: child.pid ?? 0, env: clientEnv(endpoint), [Symbol.asyncDispose]: stop }
  } catch (error) {
    const words = readFileSync(logFile, 'utf8').slice(-2_000)
    await stop()
    throw new Error(`${name} did not start: ${error instanceof Error ? error.message : ''}\n${words}`)
  }
}

async function answering(child: ChildProcess, isHealthy: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(50)) {
    if (hasEnded(child)) throw new Error('it ended')
    if (await isHealthy().catch(() => false)) return
  }
  throw new Error(`it did not answer in ${START_MS / 1_000} s`)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Returns once nobody of it is left: whoever starts another must not meet one still at work. */
async function killGroup(pid: number): Promise<void> {
  try {
    process.kill(-pid, 'SIGKILL')
    for (let tries = 0; tries < 200; tries++) {
      await sleep(25)
      process.kill(-pid, 0)
    }
  } catch {
    // No such group.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Emulators run Lambdas with the first `node` that they find: ours is 24. */
function pathWithNode(): string {
  return [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter)
}

/** Nobody's real credentials or endpoints reach an emulator. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')))
}

function clientEnv(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
