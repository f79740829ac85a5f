// Child processes: one whose output is kept for reading, and one that takes over the terminal, its signals and our exit code.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'

/**
 * Runs to the end and keeps what was said. A command that can't be started has code -1 and the reason as output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    // Only Windows finds npm.cmd through a shell; no argument here needs quoting.
    const shell = command.endsWith('.cmd')
    const child = spawn(command, args, { ...options, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    // At once: whoever starts it again must not meet it still at work.
    const stop = () => child.kill('SIGKILL')
    process.on('exit', stop)
    let output = ''
    const keep = (/** @type {Buffer} */ data) => {
      output += data.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => finish(-1, error.message))
    child.on('close', (code) => finish(code ?? -1, ''))
    const finish = (/** @type {number} */ code, /** @type {string} */ more) => {
      process.off('exit', stop)
      resolve({ code, output: output + more })
    }
  })
}

/**
 * Runs `node` in our place: same terminal, its folder first on PATH, signals passed on.
 * @param {string} node
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code; 128 + n when signal n ended it, as shells have it
 */
export function runAs(node, args, { cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const PATH = [dirname(node), process.env.PATH].filter(Boolean).join(delimiter)
    const child = spawn(node, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env, PATH } })
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      // A terminal sends Ctrl-C to the child as well; passing it on would count as a second one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of PASSED) process.on(signal, pass)
    // npm puts a shell between itself and us that dies of a signal without passing it on.
    const parent = process.ppid
    const orphaned = () => process.ppid !== parent && child.kill('SIGTERM')
    const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, 500) : undefined
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearInterval(watch)
      for (const passed of PASSED) process.off(passed, pass)
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
    })
  })
}

/** @type {readonly NodeJS.Signals[]} */
const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP']
