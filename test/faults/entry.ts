/**
 * The command line as it is, with its ports counted and struck (strike.ts): `node test/faults/entry.ts serve …`. The
 * sealing process that it forks gets the same. Nothing of the product knows of this.
 */
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'
import { PLAN } from './strike.ts'
import './redirect.ts'

const { fork } = childProcess
childProcess.fork = (file: string | URL, ...rest: unknown[]) => {
  const options = rest.find(
    (each): each is childProcess.ForkOptions => typeof each === 'object' && !Array.isArray(each),
  )
  const struck: childProcess.ForkOptions = {
    ...options,
    env: { ...options?.env, ...(PLAN && { SAFELIGHT_FAULT_PLAN: PLAN }) },
    execArgv: [
      ...(options?.execArgv ?? []),
      ...(PLAN ? [`--allow-fs-read=${dirname(PLAN)}`] : []),
      `--allow-fs-read=${import.meta.dirname}`,
      '--import',
      join(import.meta.dirname, 'redirect.ts'),
    ],
  }
  return fork(file, [], struck)
}
syncBuiltinESMExports()

// Whoever started it is gone: a server in a group of its own would stay for ever.
const parent = process.ppid
setInterval(() => process.ppid !== parent && process.kill(0, 'SIGKILL'), 1000).unref()

await import('../../cli/main.ts')
