// Finds a Node that can run Safelight: it runs TypeScript directly and decapsulates ML-KEM with node:crypto (24.8 or newer).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './child.mjs'
import { problem } from './say.mjs'

const MAJOR = 24
const MINOR = 8

/**
 * @param {string} version as process.versions.node
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > MAJOR || (major === MAJOR && minor >= MINOR)
}

/**
 * Where the optional dependency for this platform puts its binary; it needs no install script.
 * @param {string} root
 */
export function packagedNode(root, platform = process.platform, arch = process.arch) {
  return join(root, 'node_modules', `node-${platform}-${arch}`, 'bin', 'node')
}

/**
 * The Node that runs us when it is new enough, else the packaged one. It is executed, because a binary that is there may
 * still not run here (another C library).
 * @param {string} root
 * @returns {Promise<string>} path of the binary
 */
export async function findNode(root) {
  if (isNewEnough(process.versions.node) && existsSync(process.execPath)) return process.execPath
  const packaged = packagedNode(root)
  const { code, output } = await capture(packaged, ['--print', 'process.versions.node'])
  if (code === 0 && isNewEnough(output.trim())) return packaged
  throw problem(
    `Node ${MAJOR}.${MINOR} or newer is needed; this is ${process.versions.node} and no packaged one runs here`,
    hintFor(process.platform),
  )
}

/** @param {string} platform */
function hintFor(platform) {
  if (platform === 'darwin') return 'install it with `brew install node@24` or `nvm install 24`, then run this again.'
  if (platform === 'win32') return 'install it with `winget install OpenJS.NodeJS.LTS`, then run this again.'
  return 'install it with `nvm install 24` or from your distribution, then run this again.'
}
