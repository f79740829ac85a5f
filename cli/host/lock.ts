/**
 * One server a home. Two would both take from one drop folder and tell each other's links to a wrong port; `put` and all
 * other commands work beside a server, over its queue. The lock is the system's: whoever is killed has let go of it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { onDisk, publishFile } from '../../shared/platform/local/disk.ts'
import { tryLock } from '../../shared/platform/local/lock.ts'
import { CommandFailed } from '../errors.ts'
import { makeHome } from '../home.ts'

const LOCK = 'serve.lock'
/** Who holds the lock, for people; the lock itself can't be read while it is held. */
const HOLDER = 'serve.pid'
const holder = z.object({ pid: z.int().positive(), url: z.url() })

export interface ServeLock extends Disposable {
  /** Where a second server is told to look. @throws Unavailable */
  announce(url: string): Promise<void>
}

function whoServes(home: string): string {
  try {
    const { pid, url } = holder.parse(JSON.parse(readFileSync(join(home, HOLDER), 'utf8')))
    return ` (process ${pid}, at ${url})`
  } catch {
    return ''
  }
}

/** @throws CommandFailed when another server has this home; Unavailable */
export function lockForServing(home: string): ServeLock {
  makeHome(home)
  const lock = tryLock(join(home, LOCK))
  if (lock) {
    return {
      async announce(url) {
        const text = `${JSON.stringify({ pid: process.pid, url })}\n`
        await onDisk('writing serve.pid', () => publishFile(join(home, HOLDER), text, 'replace'))
      },
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    }
  }
  throw new CommandFailed(
    `Safelight serves this home already${whoServes(home)}`,
    'open the URL that it printed, or stop it first; SAFELIGHT_HOME names another home',
  )
}
