/** Where the local deployment lives, and whether this user gets there: a home that can't be read is not an empty one. */
import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Context } from './args.ts'
import { CommandFailed, codeOf, failureOf } from './errors.ts'

/** `SAFELIGHT_HOME`, or `~/.safelight`. Nothing is made by asking. */
export function homePath(env: Context['env']): string {
  const given = env.SAFELIGHT_HOME
  return given ? resolve(given) : join(homedir(), '.safelight')
}

export interface HomeTrouble {
  readonly detail: string
  readonly mend: string
}

/** Why this user can't look into the home; undefined where it can be, or is not there at all. */
export function homeTrouble(home: string): HomeTrouble | undefined {
  try {
    if (!statSync(home).isDirectory()) {
      return { detail: `${home} is no folder`, mend: 'move it away, or point SAFELIGHT_HOME elsewhere' }
    }
    accessSync(home, constants.R_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return undefined
    return { detail: `the home ${home} can not be read: ${failureOf(error).message}`, mend: mendOf(code, home) }
  }
}

/** What to do about a home that refuses, by the system's code. */
export function mendOf(code: string | undefined, home: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `run as the user who owns ${home}, or give it to this one (chown -R, chmod -R u+rwX), or point SAFELIGHT_HOME elsewhere`
    case 'ENOSPC':
      return 'free some space on the disk'
    case 'EDQUOT':
      return 'free some space, or raise the quota'
    case 'EROFS':
      return 'mount it writable, or point SAFELIGHT_HOME elsewhere'
    default:
      return `look at ${home}, or point SAFELIGHT_HOME elsewhere`
  }
}

/** The home, for a command that is going to use it. @throws CommandFailed that names it when this user can't */
export function homeFolder(env: Context['env']): string {
  const home = homePath(env)
  const trouble = homeTrouble(home)
  if (trouble) throw new CommandFailed(trouble.detail, trouble.mend)
  return home
}
