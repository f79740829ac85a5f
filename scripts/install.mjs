// Installs dependencies when, and only when, node_modules doesn't hold what the lock file says.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { capture } from './child.mjs'
import { packagedNode } from './runtime.mjs'
import { note, problem, progress } from './say.mjs'
import { inTurn } from './turn.mjs'

/** @typedef {'production' | 'full'} Mode */
/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }} Locked */
/** @typedef {Readonly<Record<string, Locked>>} Packages */

const NPM_FLAGS = ['--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--no-update-notifier']

/**
 * What an installation is made from; two that differ can't stand in for each other.
 * @param {string} lockText
 * @param {Mode} mode
 */
export function stampOf(lockText, mode, platform = `${process.platform}-${process.arch}`) {
  return `${createHash('sha256').update(lockText).digest('hex')} ${platform} ${mode}`
}

/**
 * A full installation holds everything that production needs.
 * @param {string | undefined} stamp what node_modules says
 * @param {string} lockText
 * @param {Mode} mode
 */
export function satisfies(stamp, lockText, mode) {
  return stamp === stampOf(lockText, 'full') || (mode === 'production' && stamp === stampOf(lockText, 'production'))
}

/**
 * Whether npm's own record of node_modules agrees with the lock file: then somebody installed by hand, and well.
 * @param {Packages} locked
 * @param {Packages} installed
 * @param {Mode} mode
 */
export function agrees(locked, installed, mode) {
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '' || (mode === 'production' && entry.dev)) return true
    const found = installed[path]
    if (!found) return Boolean(entry.optional || entry.devOptional || entry.peer)
    return found.version === entry.version
  })
}

/**
 * What to do: nothing, accept what is there, add development packages to a production install (a server may be running
 * from it), or start afresh. `begun` says that an installation was begun and never ended.
 * @param {{ begun: boolean, stamp?: string | undefined, lockText: string, installed?: Packages | undefined, mode: Mode }} state
 * @returns {'ready' | 'accept' | 'add' | 'clean'}
 */
export function plan({ begun, stamp, lockText, installed, mode }) {
  if (begun) return 'clean'
  if (satisfies(stamp, lockText, mode)) return 'ready'
  if (installed && agrees(packagesOf(lockText), installed, mode)) return 'accept'
  return satisfies(stamp, lockText, 'production') ? 'add' : 'clean'
}

/**
 * @param {string} root the checkout
 * @param {Mode} mode
 */
export async function install(root, mode) {
  if (next(root, mode) === 'ready') return
  mkdirSync(join(root, '.cache'), { recursive: true })
  await inTurn(
    join(root, '.cache', 'install.lock'),
    async () => {
      const step = next(root, mode)
      if (step === 'ready') return
      if (step !== 'accept') await npm(root, mode, step)
      keepOnlyThisPlatform(join(root, 'node_modules', 'onnxruntime-node', 'bin'))
      // 67 MB of headers, for add-ons that nobody compiles here.
      rmSync(join(dirname(dirname(packagedNode(root))), 'include'), { recursive: true, force: true })
      writeFileSync(stampFile(root), stampOf(lockTextOf(root), mode))
      rmSync(begunFile(root), { force: true })
    },
    () => note('another command is installing dependencies; waiting for it'),
  )
}

/**
 * @param {string} root
 * @param {Mode} mode
 * @param {'add' | 'clean'} step
 */
async function npm(root, mode, step) {
  const args =
    step === 'add'
      ? ['install', '--no-save', '--include=dev', ...NPM_FLAGS]
      : ['ci', mode === 'production' ? '--omit=dev' : '--include=dev', ...NPM_FLAGS]
  writeFileSync(begunFile(root), '')
  rmSync(stampFile(root), { force: true })
  const ended = progress('installing dependencies (about a minute, once)')
  const [command, ...first] = npmCommand(process.env)
  const run = () => capture(command, [...first, ...args], { cwd: root, env: npmEnvironment(root) })
  let { code, output } = await run()
  // An npm that outlived a killed command is still writing to the same folders.
  for (let again = 0; again < 3 && /ENOTEMPTY|EEXIST|EBUSY/.test(output) && code !== 0; again += 1) {
    await wait(10_000)
    ;({ code, output } = await run())
  }
  ended(code === 0 ? 'installed' : 'installation failed')
  if (code === 0) return
  if (output.trim() !== '') note(output.trim().split('\n').slice(0, 20).join('\n'))
  throw problem(`npm ${args[0]} failed`, hintFor(output))
}

/**
 * The npm that started us, under the Node that runs it; otherwise the one on PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {[string, ...string[]]}
 */
export function npmCommand(env) {
  const { npm_execpath: script, npm_node_execpath: node } = env
  if (script?.endsWith('npm-cli.js') && node && existsSync(script) && existsSync(node)) return [node, script]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/**
 * npm must not run on the Node inside the node_modules that it is about to replace.
 * @param {string} root
 */
function npmEnvironment(root) {
  const separator = process.platform === 'win32' ? ';' : ':'
  const outside = (process.env.PATH ?? '')
    .split(separator)
    .filter((folder) => !folder.startsWith(join(root, 'node_modules')))
  return { ...process.env, PATH: outside.join(separator) }
}

/**
 * What to do about npm's failure.
 * @param {string} output
 */
export function hintFor(output) {
  if (/\bspawn\b.*ENOENT|not found: npm/.test(output)) {
    return 'npm was not found on PATH. It comes with Node: install Node 20 or newer, then run this again.'
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET|network/i.test(output)) {
    return 'the package registry could not be reached. Check the network (or proxy), then run this again; it starts where it must.'
  }
  if (/ENOSPC/.test(output)) return 'the disk is full: an installation needs about 1 GB while it runs.'
  if (/EACCES|EPERM|EROFS/.test(output)) return 'this folder is not writable for you. Clone it somewhere that is.'
  if (/EUSAGE|in sync/.test(output)) {
    return 'package.json and package-lock.json disagree. Run `npm install --package-lock-only`, and commit the lock file.'
  }
  if (/EINTEGRITY/.test(output))
    return 'a package is not the one that was locked. Run `npm cache clean --force`, then this again.'
  return 'npm said the above. Running the command again is safe: the installation starts afresh.'
}

/**
 * onnxruntime-node brings the binaries of every platform, some 290 MB; one is used.
 * @param {string} bin its bin folder
 */
export function keepOnlyThisPlatform(bin, os = process.platform, arch = process.arch) {
  for (const napi of subfolders(bin)) {
    if (!existsSync(join(bin, napi, os, arch))) continue
    for (const platform of subfolders(join(bin, napi))) {
      for (const cpu of subfolders(join(bin, napi, platform))) {
        if (platform !== os || cpu !== arch) rmSync(join(bin, napi, platform, cpu), { recursive: true, force: true })
      }
      if (platform !== os) rmSync(join(bin, napi, platform), { recursive: true, force: true })
    }
  }
}

/** @param {string} folder */
function subfolders(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

/**
 * @param {string} root
 * @param {Mode} mode
 */
function next(root, mode) {
  const record = read(join(root, 'node_modules', '.package-lock.json'))
  return plan({
    begun: existsSync(begunFile(root)),
    stamp: read(stampFile(root)),
    lockText: lockTextOf(root),
    installed: record === undefined ? undefined : packagesOf(record),
    mode,
  })
}

/** @param {string} root */
function lockTextOf(root) {
  const text = read(join(root, 'package-lock.json'))
  if (text === undefined) throw problem('package-lock.json is missing', 'restore it: git checkout package-lock.json')
  return text
}

/**
 * @param {string} lockText
 * @returns {Packages} empty when the text isn't a lock file
 */
function packagesOf(lockText) {
  try {
    return JSON.parse(lockText).packages ?? {}
  } catch {
    return {}
  }
}

/** @param {string} root */
const stampFile = (root) => join(root, 'node_modules', '.safelight-installed')
/** @param {string} root */
const begunFile = (root) => join(root, '.cache', 'install-begun')

/**
 * @param {string} file
 * @returns {string | undefined}
 */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
