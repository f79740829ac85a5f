/** Where the local deployment lives. */
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Context } from './args.ts'
import { CommandFailed } from './errors.ts'

/** `SAFELIGHT_HOME`, or `~/.safelight`. Nothing is made by asking. */
export function homeFolder(env: Context['env']): string {
  const given = env.SAFELIGHT_HOME
  return given ? resolve(given) : join(homedir(), '.safelight')
}

/** For commands that only read: they never make a deployment. */
export async function existingHome(env: Context['env']): Promise<string> {
  const home = homeFolder(env)
  const found = await stat(home).catch(() => undefined)
  if (found?.isDirectory()) return home
  throw new CommandFailed(
    'there is no deployment here yet',
    'safelight keys init makes one; SAFELIGHT_HOME says where, ~/.safelight otherwise',
  )
}
