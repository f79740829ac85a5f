// The Python that tests run, in virtual environments under .cache, each with what one requirements file pins.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { capture } from './child.mjs'
import { note, problem, progress } from './say.mjs'
import { inTurn } from './turn.mjs'

const NAMES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python',
  '/usr/bin/python3',
  '/usr/local/bin/python3',
]
/** Of a version manager whose shims may refuse. */
const PYENV = process.env.PYENV_ROOT ?? join(homedir(), '.pyenv')
const ASK =
  'import sys, venv, ensurepip; print("python", sys.version_info[0], sys.version_info[1], sys.executable, sep="|")'

/** @typedef {{ path: string, version: string }} Python */

/**
 * Reads a candidate's answer.
 * @param {string} output
 * @returns {Python | undefined} undefined unless it is Python 3.11 or newer and can make virtual environments
 */
export function parsePython(output) {
  const [, major, minor, path] = /^python\|(\d+)\|(\d+)\|(.+)$/m.exec(output) ?? []
  if (path === undefined || Number(major) !== 3 || Number(minor) < 11) return undefined
  return { path: path.trim(), version: `${major}.${minor}` }
}

/**
 * Executes candidates: a version manager's shim may be on PATH and still refuse to run.
 * @param {readonly string[]} names
 * @param {string} [version] such as `3.13`, where no other will do
 * @returns {Promise<Python | undefined>}
 */
export async function findPython(names = NAMES, version) {
  const asked = process.env.SAFELIGHT_PYTHON ? [process.env.SAFELIGHT_PYTHON] : names
  // Whoever names the everyday one may still have another for what needs it.
  for (const name of version ? [...asked, `python${version}`, ...managed(version)] : asked) {
    const { code, output } = await capture(name, ['-c', ASK], { timeout: 20_000 })
    const python = code === 0 ? parsePython(output) : undefined
    if (python && (version === undefined || python.version === version)) return python
  }
  return undefined
}

/** @param {string} version */
function managed(version) {
  const versions = join(PYENV, 'versions')
  if (!existsSync(versions)) return []
  return readdirSync(versions)
    .filter((name) => name.startsWith(`${version}.`))
    .map((name) => join(versions, name, 'bin', `python${version}`))
}

/**
 * @param {string} root the checkout
 * @returns {Promise<string>} path of the Python for tests
 */
export async function preparePython(root) {
  const folder = join(root, '.cache', 'venv')
  return prepareVenv(folder, join(root, 'test', 'interop', 'requirements.txt'), 'Python packages for tests')
}

/**
 * @param {string} folder of the virtual environment; made again when the requirements or the Python change
 * @param {string} requirements a pip requirements file
 * @param {string} what is being prepared, for whoever waits
 * @param {string} [version] of Python, where the requirements are for one alone
 * @returns {Promise<string>} path of the Python in it
 */
export async function prepareVenv(folder, requirements, what, version) {
  const python = await findPython(NAMES, version)
  if (!python) throw missing(version)
  const stamp = stampOf(readFileSync(requirements), python)
  if (isMade(folder, stamp)) return pythonIn(folder)
  mkdirSync(dirname(folder), { recursive: true })
  return inTurn(
    `${folder}.lock`,
    async () => {
      if (!isMade(folder, stamp)) await make({ folder, python, requirements, stamp, what })
      return pythonIn(folder)
    },
    () => note(`another command is preparing ${what}; waiting for it`),
  )
}

/** @param {string | undefined} version */
const missing = (version) =>
  version === undefined
    ? problem(
        'tests need Python 3.11 or newer with venv, and none was found',
        'install it (Debian, Ubuntu: `apt-get install python3 python3-venv`; macOS: `brew install python`), or name one in SAFELIGHT_PYTHON.',
      )
    : problem(
        `LocalStack's tests need Python ${version} with venv, and none was found`,
        `install it (\`pyenv install ${version}\`; Debian, Ubuntu: \`apt-get install python${version} python${version}-venv\`, where they have it; macOS: \`brew install python@${version}\`), or name one in SAFELIGHT_PYTHON.`,
      )

/** @param {{ folder: string, python: Python, requirements: string, stamp: string, what: string }} venv */
async function make({ folder, python, requirements, stamp, what }) {
  const ended = progress(`preparing ${what} (once)`)
  rmSync(folder, { recursive: true, force: true })
  const made = await capture(python.path, ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements]
  const filled = made.code === 0 ? await capture(pythonIn(folder), pip) : made
  ended(filled.code === 0 ? 'prepared' : 'failed')
  if (filled.code !== 0) {
    note(filled.output.trim().split('\n').slice(-20).join('\n'))
    throw problem('the Python packages could not be installed', 'check the network (or proxy), then run this again.')
  }
  writeFileSync(join(folder, '.made-from'), stamp)
}

/**
 * @param {Uint8Array} requirements
 * @param {Python} python
 */
const stampOf = (requirements, python) =>
  `${createHash('sha256').update(requirements).digest('hex')} ${python.path} ${python.version}`

/** @param {string} folder */
const pythonIn = (folder) =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')

/**
 * @param {string} folder
 * @param {string} stamp
 */
function isMade(folder, stamp) {
  const file = join(folder, '.made-from')
  return existsSync(file) && readFileSync(file, 'utf8') === stamp
}
