// The Chromium that tests drive: the one inside the package @sparticuz/chromium, unpacked under .cache, else the system's.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './child.mjs'
import { note, problem } from './say.mjs'
import { inTurn } from './turn.mjs'

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * @param {string} root the checkout, with everything installed
 * @param {string} node Node 24
 * @returns {Promise<string>} path of a Chromium that starts
 */
export async function prepareChromium(root, node) {
  const own = process.env.SAFELIGHT_CHROMIUM
  const packaged = own ? undefined : await unpack(root, node)
  const candidates = own ? [own] : [...(packaged ? [packaged] : []), ...NAMES]
  let reason = ''
  for (const candidate of candidates) {
    const { code, output } = await capture(candidate, ['--version', '--no-sandbox'], { timeout: 20_000 })
    if (code === 0) return candidate
    if (candidate === packaged) reason = `; the packaged one said: ${output.trim().split('\n')[0] ?? ''}`
  }
  throw problem(
    `tests need Chromium, and none here starts${reason}`,
    'install it (Debian: `apt-get install chromium`; macOS: `brew install --cask chromium`), or name one in SAFELIGHT_CHROMIUM.',
  )
}

/**
 * The package unpacks into the system's temporary folder and trusts what it finds there; a folder of our own, renamed when
 * it is complete, can't be half-written or somebody else's.
 * @param {string} root
 * @param {string} node
 * @returns {Promise<string | undefined>} undefined where the package has no binary for this platform
 */
async function unpack(root, node) {
  const manifest = join(root, 'node_modules', '@sparticuz', 'chromium', 'package.json')
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(manifest)) return undefined
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
  const folder = join(root, '.cache', `chromium-${version}`)
  const binary = join(folder, 'chromium')
  if (existsSync(binary)) return binary
  mkdirSync(join(root, '.cache'), { recursive: true })
  return inTurn(
    join(root, '.cache', 'chromium.lock'),
    async () => {
      if (existsSync(binary)) return binary
      const partial = `${folder}.partial`
      rmSync(partial, { recursive: true, force: true })
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(partial)
      const script = "await (await import('@sparticuz/chromium')).default.executablePath()"
      const env = { ...process.env, TMPDIR: partial }
      const { code, output } = await capture(node, ['--input-type=module', '--eval', script], { cwd: root, env })
      if (code !== 0) {
        note(output.trim())
        return undefined
      }
      renameSync(partial, folder)
      return binary
    },
    () => note('another command is unpacking Chromium; waiting for it'),
  )
}
