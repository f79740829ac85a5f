/** Where the local deployment lives. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Context } from './args.ts'

/** `SAFELIGHT_HOME`, or `~/.safelight`. Nothing is made by asking. */
export function homeFolder(env: Context['env']): string {
  const given = env.SAFELIGHT_HOME
  return given ? resolve(given) : join(homedir(), '.safelight')
}
