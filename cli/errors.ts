/** What a failure says on stderr and which exit code it has: 0 ok, 1 failed, 2 usage, 3 authentication failed. */
import { sep } from 'node:path'
import { AuthenticationFailed, Unavailable } from '../shared/platform/ports.ts'

export const EXIT = { ok: 0, failed: 1, usage: 2, authentication: 3, interrupted: 130 } as const

/** The person's command line is wrong; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** The command was understood and could not be done, for a reason that a person can act on. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** What was to be opened isn't in our format at all: the same refusal as for any other change, and a hint at the mix-up. */
export class NotSealed extends AuthenticationFailed {
  readonly hint =
    'this does not begin as a sealed file does; if it is a picture, safelight seal or safelight put seals it'
}

/** The key that would open it is not here or is retired: the same refusal as for any change, and a hint at the key. */
export class KeyNotHere extends AuthenticationFailed {
  readonly hint: string
  constructor(hint: string) {
    super()
    this.hint = hint
  }
}

export interface Failure {
  readonly exitCode: number
  readonly message: string
  readonly hint?: string | undefined
}

/** Operating system errors that people meet, without the path: who typed it knows it, and a log needn't. */
const SYSTEM: Readonly<Record<string, readonly [message: string, hint?: string]>> = {
  ENOENT: ['no such file or folder'],
  EACCES: ['permission denied'],
  EPERM: ['operation not permitted'],
  EISDIR: ['that is a folder, not a file'],
  ENOTDIR: ['a part of that path is not a folder'],
  ELOOP: ['that is a circle of symbolic links'],
  EDQUOT: ['the disk quota is used up', 'free some space or raise the quota, then run the command again'],
  ENOSPC: ['no space left on the disk', 'free some space and run the command again: nothing half-written was kept'],
  EROFS: ['the file system is read-only'],
  EMFILE: ['too many open files'],
  EADDRINUSE: ['the port is in use', 'choose another with --port, or --port 0 for any free one'],
}

/** @param home where the deployment lies, for errors that are about it: a home is no secret, what is in it may be */
export function failureOf(error: unknown, home?: string): Failure {
  if (error instanceof NotSealed || error instanceof KeyNotHere) {
    return { exitCode: EXIT.authentication, message: error.message, hint: error.hint }
  }
  if (error instanceof AuthenticationFailed) return { exitCode: EXIT.authentication, message: error.message }
  if (error instanceof UsageError) return { exitCode: EXIT.usage, message: error.message, hint: error.hint }
  if (error instanceof CommandFailed) return { exitCode: EXIT.failed, message: error.message, hint: error.hint }
  if (error instanceof Unavailable) {
    const where = home !== undefined && DISK.test(error.message) ? `the home is ${home}; ` : ''
    return { exitCode: EXIT.failed, message: shortly(error), hint: `${where}safelight doctor says what is wrong here` }
  }
  const code = codeOf(error)
  const known = code === undefined ? undefined : SYSTEM[code]
  if (known) {
    const [message, hint] = known
    return { exitCode: EXIT.failed, message: isWithin(error, home) ? `the home ${home}: ${message}` : message, hint }
  }
  return { exitCode: EXIT.failed, message: shortly(error), hint: 'SAFELIGHT_DEBUG=1 shows where this came from' }
}

/** How shared/platform/local/disk.ts ends its messages: with the system's code. */
const DISK = /\(E[A-Z0-9]+\)$/

function isWithin(error: unknown, home: string | undefined): boolean {
  if (home === undefined || !(error instanceof Error) || !('path' in error) || typeof error.path !== 'string')
    return false
  return error.path === home || error.path.startsWith(`${home}${sep}`)
}

/** The `code` of a Node error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function shortly(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const line = message.split('\n', 1)[0]?.trim() ?? ''
  if (line === '') return 'something unexpected went wrong'
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
