/** `safelight serve`: the local deployment, until it is told to stop. */
import { backupStatus } from '../../shared/platform/local/keys.ts'
import { defineCommand, usage } from '../args.ts'
import { homeFolder } from '../home.ts'
import { startHost } from '../host/host.ts'

const DEFAULT_PORT = 7301

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
  async run({ port = String(DEFAULT_PORT) }, _, { env, out }) {
    const home = homeFolder(env)
    const log = (line: Readonly<Record<string, string | number>>) =>
      void process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`)
    await using host = await startHost(home, portOf(port), log)
    const { url, linkOrigin, dropFolder } = host
    const { complete } = await backupStatus(home)
    if (!complete)
      out.warn('the keys have no backup: if this disk is lost, so is every picture', 'safelight keys backup FILE')
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
