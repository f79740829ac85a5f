/** The machine under a deployment: runtime, the home's permissions, and disk. */
import { randomBytes } from 'node:crypto'
import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, failureOf } from '../errors.ts'
import { mendOf } from '../home.ts'
import { formatBytes } from '../output.ts'
import { type Check, ok, problem, warning } from './check.ts'

/** The first with ML-KEM in node:crypto; scripts/runtime.mjs, which can't be imported from here, says the same. */
const NODE = { major: 24, minor: 8 } as const
const LITTLE_SPACE = 1024 ** 3
/** Keys, catalogue and queue can't be written safely with less. */
const NO_SPACE = 16 * 1024 ** 2

export function checkRuntime(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > NODE.major || (major === NODE.major && minor >= NODE.minor)) return ok('runtime', `Node ${version}`)
  return problem('runtime', `Node ${version} is too old`, `install Node ${NODE.major}.${NODE.minor} or newer`)
}

export async function checkWritable(home: string): Promise<Check> {
  const probe = join(home, `.doctor-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(probe, 'x', { flag: 'wx', mode: 0o600 })
    return ok('home-writable', 'the home can be written to')
  } catch (error) {
    return unwritable(home, error)
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

/** What stands in the way says what to do: chown frees no disk. */
export function unwritable(home: string, error: unknown): Check {
  const detail = `the home ${home} can not be written to: ${failureOf(error).message}`
  return problem('home-writable', detail, mendOf(codeOf(error), home))
}

/** Others who may enter the home see how much is there and when; others who may write to it can change the policy. */
export async function checkPrivate(home: string): Promise<Check> {
  const { mode } = await stat(home)
  if ((mode & 0o077) === 0) return ok('home-private', 'the home is open to its owner alone')
  const mend = `chmod 700 ${home}`
  if ((mode & 0o022) === 0) {
    return warning(
      'home-private',
      'other users may look into the home; keys and pictures in it have modes of their own',
      mend,
    )
  }
  return problem('home-private', 'other users may write to the home, and so replace its policy and keys', mend)
}

export async function checkSpace(home: string): Promise<Check> {
  const { bavail, bsize, files, ffree } = await statfs(home)
  return spaceOf(bavail * bsize, files > 0 && ffree === 0)
}

/** @param free bytes @param noFiles whether the file system takes no more files, however small */
export function spaceOf(free: number, noFiles: boolean): Check {
  const detail = `${formatBytes(free)} free`
  if (noFiles)
    return problem('disk-space', `${detail}, but the disk takes no more files`, 'delete files you do not need')
  if (free < NO_SPACE) {
    return problem('disk-space', `the disk is full: ${detail}`, 'free some space: until then nothing can be sealed')
  }
  if (free >= LITTLE_SPACE) return ok('disk-space', detail)
  return warning('disk-space', detail, 'free some space: an upload needs about twice its size while it is sealed')
}
