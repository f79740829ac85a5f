/** `safelight serve`: the local deployment, until it is told to stop. */
import * as z from 'zod'
import { type Context, defineCommand, usage } from '../args.ts'
import { CommandFailed } from '../errors.ts'
import { homeFolder } from '../home.ts'
import { type Host, startHost } from '../host/host.ts'

const DEFAULT_PORT = 7301
const STATUS_MS = 20_000

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port < 65_535) return port
  throw usage('serve', '--port takes a number from 0 to 65534')
}

export const command = defineCommand({
  name: 'serve',
  summary: 'run the local deployment: console, drop folder, links',
  usage: ['[--port N]'],
  description: `Makes a deployment where there is none, and serves it on this machine until Ctrl-C. Prints one URL, which carries the
access token: whoever has it, has the vault. Files put into the drop folder are erased from it once they are sealed.
Links are served on the next port, so that nothing uploaded shares the console's origin.
JSON: {url, linkOrigin, home, dropFolder}, one line, when everything is up`,
  options: {
    port: { type: 'string', value: 'N', help: `port of the console (default ${DEFAULT_PORT}); 0 takes any free one` },
  },
  operands: [0, 0],
  examples: [
    ['serve', 'on the default port'],
    ['serve --port 0 --json', 'any free port, for scripts'],
  ],
  async run({ port: text = String(DEFAULT_PORT) }, _, { env, out }) {
    const home = homeFolder(env)
    const log = (line: Readonly<Record<string, string | number>>) =>
      void process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`)
    const port = portOf(text)
    await using host = await startHost(home, port, log).catch((error: unknown) => {
      throw isTaken(error) ? portTaken(error.message, port, env) : error
    })
    const { url, linkOrigin, dropFolder } = host
    await warn(host, out)
    out.result(
      { url, linkOrigin, home, dropFolder },
      [`Safelight is running. Open ${url}`, `Drop folder: ${dropFolder} (files are erased from it once sealed)`].join(
        '\n',
      ),
    )
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    out.note('stopping')
    return undefined
  },
})

/** listen.ts says which one. */
function isTaken(error: unknown): error is CommandFailed {
  return error instanceof CommandFailed && /^port \d+ is taken$/.test(error.message)
}

/** Two ports are wanted, and only one of them was named by whoever typed it. */
function portTaken(message: string, port: number, env: Context['env']): CommandFailed {
  const again = env.npm_lifecycle_event === 'start' ? 'npm start -- --port N' : 'safelight serve --port N'
  const both = port === 0 ? '' : `; the console wants ${port} and the links ${port + 1}`
  return new CommandFailed(
    `${message}${both}`,
    `is Safelight running already? Otherwise choose others: ${again} (and N+1)`,
  )
}

const status = z.object({ warnings: z.array(z.object({ text: z.string(), hint: z.string() })) })

/** What the console warns of, asked of the console, so that a server without a browser says the same. */
async function warn({ url }: Host, out: Context['out']): Promise<void> {
  const { origin, hash } = new URL(url)
  const headers = { authorization: `Bearer ${hash.slice('#token='.length)}` }
  try {
    const answer = await fetch(`${origin}/api/status`, { headers, signal: AbortSignal.timeout(STATUS_MS) })
    for (const { text, hint } of status.parse(await answer.json()).warnings) out.warn(text, hint)
  } catch {
    out.warn('what is wrong here, if anything, could not be found out', 'safelight doctor')
  }
}
