/** The command line: finds the command, runs it, and turns whatever happens into a message and an exit code. */
import { readFileSync } from 'node:fs'
import { codeOf, EXIT, failureOf, UsageError } from './errors.ts'
import { homePath } from './home.ts'
import { nearest } from './nearest.ts'
import { createOutput } from './output.ts'
import { COMMANDS } from './table.ts'
import { asTyped } from './typed.ts'

// The signal that starts a debugger, which reads everything: any process of this user could send it, the sealing one too.
process.on('SIGUSR1', () => {})

function version(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return version
}

function overview(): string {
  const names = Object.keys(COMMANDS)
  const width = Math.max(...names.map((name) => name.length))
  return [
    'usage: safelight COMMAND [ARGUMENTS]',
    'Encrypts images as strictly as what they show demands, and hands out expiring links to them.',
    `commands:\n${names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name]?.summary}`).join('\n')}`,
    'safelight COMMAND --help shows what a command takes, with examples.',
    'SAFELIGHT_HOME names the folder of the local deployment (default ~/.safelight).',
    'exit codes: 0 ok, 1 failed, 2 usage, 3 authentication failed',
  ].join('\n\n')
}

async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h') return say(overview(), name === undefined)
  if (name === '--version' || name === '-V') return say(`safelight ${version()}`)
  if (name === 'help') return rest[0] === undefined ? say(overview()) : run([rest[0], '--help'])
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry === undefined) throw unknown(name)
  const { command } = await entry.load()
  return asksForHelp(rest) ? say(command.help) : command.run(rest, process.env)
}

/** Help that wasn't asked for is an error message. */
function say(text: string, unasked = false): number {
  const stream = unasked ? process.stderr : process.stdout
  stream.write(`${asTyped(text)}\n`)
  return unasked ? EXIT.usage : EXIT.ok
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const options = end < 0 ? argv : argv.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

function unknown(name: string): UsageError {
  if (name.startsWith('-'))
    return new UsageError(`unknown option ${name}`, 'options follow the command: safelight --help')
  const meant = nearest(name, Object.keys(COMMANDS))
  const hint = meant === undefined ? 'safelight --help lists the commands' : `did you mean safelight ${meant}?`
  return new UsageError(`there is no command ${name}`, hint)
}

/** Node's notes on its own modules aren't for people who seal pictures. */
if (!process.env.SAFELIGHT_DEBUG) process.removeAllListeners('warning')

/** Whoever reads our output may stop reading (`| head`): no reason to complain, nor to stop what was asked for. */
process.stdout.on('error', (error) => {
  if (codeOf(error) === 'EPIPE') return
  const failure = failureOf(error)
  createOutput(false).fail({ ...failure, message: `what was asked for could not be written: ${failure.message}` })
  process.exit(failure.exitCode)
})
process.stderr.on('error', () => {})

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  if (codeOf(error) !== 'EPIPE') {
    const failure = failureOf(error, homePath(process.env))
    createOutput(false).fail(failure)
    if (process.env.SAFELIGHT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    // A server or a queue that was half started when it failed would keep the process alive.
    process.exit(failure.exitCode)
  }
}
