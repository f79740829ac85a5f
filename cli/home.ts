/** Where the local deployment lives, and whether this user gets there: a home that can't be read is not an empty one. */
import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, rmdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { makeFoldersNow } from '../shared/platform/local/folders.ts'
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

/** Why no home can be made here, found by making a folder where its first one would lie, and taking that away again. */
export function makingTrouble(home: string): HomeTrouble | undefined {
  const trouble = homeTrouble(home)
  if (trouble !== undefined || isThere(home)) return trouble
  const parent = nearestFolder(home)
  const probe = join(parent, `.safelight-${randomBytes(6).toString('hex')}`)
  try {
    mkdirSync(probe, { mode: 0o700 })
    rmdirSync(probe)
    return undefined
  } catch (error) {
    return unmakable(home, parent, error)
  }
}

/** Makes the home where there is none. @throws CommandFailed that names it and what stands in the way */
export function makeHome(home: string): void {
  const parent = nearestFolder(home)
  try {
    makeFoldersNow(home)
  } catch (error) {
    const { detail, mend } = unmakable(home, parent, error)
    throw new CommandFailed(detail, mend)
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function nearestFolder(path: string): string {
  const parent = dirname(path)
  return parent === path || isThere(path) ? path : nearestFolder(parent)
}

function unmakable(home: string, parent: string, error: unknown): HomeTrouble {
  const code = codeOf(error)
  const why = code === 'ENOENT' ? 'no folder can be made there' : failureOf(error).message
  const elsewhere = 'or point SAFELIGHT_HOME elsewhere'
  const mend = {
    EACCES: `run as a user who may write to ${parent}, ${elsewhere}`,
    EPERM: `run as a user who may write to ${parent}, ${elsewhere}`,
    ENOENT: `point SAFELIGHT_HOME elsewhere: ${parent} takes no folders`,
    EEXIST: `move away what lies at ${home}, ${elsewhere}`,
  }[code ?? '']
  return { detail: `the home ${home} can not be made in ${parent}: ${why}`, mend: mend ?? mendOf(code, parent) }
}

/** The home, for a command that is going to use it. @throws CommandFailed that names it when this user can't */
export function homeFolder(env: Context['env']): string {
  const home = homePath(env)
  const trouble = homeTrouble(home)
  if (trouble) throw new CommandFailed(trouble.detail, trouble.mend)
  return home
}
