// One at a time: a lock directory, so that two commands started together don't install into the same folder at once.
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** An owner touches its file this often, and is taken for dead when it hasn't for `STALE_MS`. */
const BEAT_MS = 2_000
export const STALE_MS = 30_000
/** Process ids mean something on their own machine (or in their own container) alone. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 12)

/**
 * Runs `work` while holding the lock directory `folder`.
 * @template T
 * @param {string} folder made and removed here; its parent must exist
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once when somebody else holds the lock
 * @returns {Promise<T>}
 */
export async function inTurn(folder, work, onWait = () => {}) {
  const owner = join(folder, `${process.pid}-${HOST}-${randomBytes(6).toString('hex')}`)
  for (let waited = false; !take(folder, owner); ) {
    if (!waited) onWait()
    waited = true
    // Unequal pauses, so that two that met and both stepped back don't meet again.
    await wait(100 + Math.random() * 400)
  }
  const beat = setInterval(() => attempt(() => utimesSync(owner, new Date(), new Date())), BEAT_MS)
  const release = () => {
    attempt(() => unlinkSync(owner))
    attempt(() => rmdirSync(folder))
  }
  process.on('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    process.off('exit', release)
    release()
  }
}

/**
 * The lock is held by whoever's file lies alone in the folder. A stale owner is removed by its own name, so that nobody
 * can remove a new owner by mistake.
 * @param {string} folder
 * @param {string} owner
 */
function take(folder, owner) {
  attempt(() => mkdirSync(folder))
  for (const name of names(folder)) if (isStale(join(folder, name))) attempt(() => unlinkSync(join(folder, name)))
  if (names(folder).length > 0) return false
  if (!attempt(() => writeFileSync(owner, '', { flag: 'wx' }))) return false
  if (names(folder).length === 1) return true
  attempt(() => unlinkSync(owner))
  return false
}

/** @param {string} file */
function isStale(file) {
  const [pid, host] = basename(file).split('-')
  if (host === HOST && !isAlive(Number(pid))) return true
  try {
    return Date.now() - statSync(file).mtimeMs > STALE_MS
  } catch {
    return false
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** @param {string} folder */
function names(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * @param {() => void} step
 * @returns {boolean} whether it succeeded; losing a race is no error here
 */
function attempt(step) {
  try {
    step()
    return true
  } catch {
    return false
  }
}
