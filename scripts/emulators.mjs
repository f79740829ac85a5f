// The AWS emulators that tests run against, each pinned by a file in test/aws and installed once under .cache/emulators.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { capture } from './child.mjs'
import { prepareVenv } from './python.mjs'
import { note, problem, progress } from './say.mjs'
import { inTurn } from './turn.mjs'

/**
 * @param {string} root the checkout
 * @returns {Promise<string>} path of the command `ministack`
 */
export async function prepareMiniStack(root) {
  if (process.env.SAFELIGHT_MINISTACK) return process.env.SAFELIGHT_MINISTACK
  const requirements = join(root, 'test', 'aws', 'requirements-ministack.txt')
  const folder = folderOf(root, 'ministack', requirements)
  const python = await prepareVenv(folder, requirements, 'MiniStack, the AWS emulator of the tests')
  return join(dirname(python), 'ministack')
}

/**
 * @param {string} root the checkout
 * @returns {Promise<string>} path of the Python that runs LocalStack
 */
export async function prepareLocalStack(root) {
  if (process.env.SAFELIGHT_LOCALSTACK_PYTHON) return process.env.SAFELIGHT_LOCALSTACK_PYTHON
  const requirements = join(root, 'test', 'aws', 'requirements-localstack.txt')
  const folder = folderOf(root, 'localstack', requirements)
  return prepareVenv(folder, requirements, 'LocalStack, the second AWS emulator of the tests (500 MB)', '3.13')
}

/**
 * @param {string} root the checkout
 * @returns {Promise<string>} folder of DynamoDB Local's jars and native libraries
 */
export function prepareDynamoDbLocal(root) {
  return prepareJars(root, 'dynamodb-local', 'DynamoDB Local')
}

/**
 * @param {string} root the checkout
 * @returns {Promise<string>} folder of the jars that LocalStack's Step Functions would download
 */
export function prepareJsonata(root) {
  return prepareJars(root, 'jsonata', 'JSONata for LocalStack')
}

/**
 * @param {string} root the checkout
 * @param {string} name of the pom in test/aws
 * @param {string} what is fetched, for whoever waits
 * @returns {Promise<string>} the folder of the jars
 */
async function prepareJars(root, name, what) {
  const pom = join(root, 'test', 'aws', `${name}.pom.xml`)
  const folder = folderOf(root, name, pom)
  await mustRun('java', ['-version'], `tests need Java 17 or newer for ${what}`)
  if (existsSync(folder)) return folder
  await mustRun('mvn', ['--version'], `tests need Maven to fetch ${what}`)
  mkdirSync(dirname(folder), { recursive: true })
  return inTurn(
    `${folder}.lock`,
    async () => {
      if (!existsSync(folder)) await fetchJars(pom, folder, what)
      return folder
    },
    () => note(`another command is fetching ${what}; waiting for it`),
  )
}

/**
 * @param {string} pom
 * @param {string} folder made whole or not at all
 * @param {string} what
 */
async function fetchJars(pom, folder, what) {
  const ended = progress(`fetching ${what} (once)`)
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
  const args = ['--batch-mode', '--quiet', '--file', pom, goal, `-DoutputDirectory=${partial}`]
  const { code, output } = await capture('mvn', args)
  ended(code === 0 ? 'fetched' : 'failed')
  if (code !== 0) {
    note(output.trim().split('\n').slice(-20).join('\n'))
    throw problem(`${what} could not be fetched`, 'check the network (or proxy), then run this again.')
  }
  renameSync(partial, folder)
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} message
 */
async function mustRun(command, args, message) {
  const { code } = await capture(command, args, { timeout: 30_000 })
  if (code === 0) return
  throw problem(
    `${message}, and \`${command}\` does not run`,
    'install both (Debian, Ubuntu: `apt-get install default-jre-headless maven`; macOS: `brew install openjdk maven`).',
  )
}

/**
 * A folder for each state of the pinning file, so that a checkout that goes back finds what it had.
 * @param {string} root
 * @param {string} name
 * @param {string} pinned path of the file that says what is in it
 */
function folderOf(root, name, pinned) {
  const hash = createHash('sha256').update(readFileSync(pinned)).digest('hex').slice(0, 12)
  return join(root, '.cache', 'emulators', `${name}-${hash}`)
}
