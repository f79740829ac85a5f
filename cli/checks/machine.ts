/** The machine under a deployment: runtime and disk. */
import { randomBytes } from 'node:crypto'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes } from '../output.ts'
import { type Check, ok, problem, warning } from './check.ts'

const NODE_MAJOR = 24
const LITTLE_SPACE = 1024 ** 3

export function checkRuntime(version = process.versions.node): Check {
  const major = Number(version.split('.', 1)[0])
  if (major >= NODE_MAJOR) return ok('runtime', `Node ${version}`)
  return problem('runtime', `Node ${version} is too old`, `install Node ${NODE_MAJOR} or newer`)
}

export async function checkWritable(home: string): Promise<Check> {
  const probe = join(home, `.doctor-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(probe, 'x', { flag: 'wx', mode: 0o600 })
    return ok('home-writable', 'the home can be written to')
  } catch {
    return problem(
      'home-writable',
      'the home can not be written to',
      `give it back to this user: chown -R and chmod u+rwX ${home}`,
    )
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

export async function checkSpace(home: string): Promise<Check> {
  const { bavail, bsize } = await statfs(home)
  const free = bavail * bsize
  const detail = `${formatBytes(free)} free`
  if (free >= LITTLE_SPACE) return ok('disk-space', detail)
  return warning('disk-space', detail, 'free some space: an upload needs about twice its size while it is sealed')
}
