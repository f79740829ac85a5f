// The one way in: sets up what a command needs on a fresh machine, then runs it under Node 24.
//   node scripts/run.mjs start | test | test:localstack | lint | types | prove NAME | safelight ARGS… | deploy | deploy:localstack | destroy
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runAs } from './child.mjs'
import { prepareChromium } from './chromium.mjs'
import { deploy, deployToLocalStack, destroy } from './deploy.mjs'
import { prepareDynamoDbLocal, prepareJsonata, prepareLocalStack, prepareMiniStack } from './emulators.mjs'
import { install } from './install.mjs'
import { preparePython } from './python.mjs'
import { findNode } from './runtime.mjs'
import { note, tell } from './say.mjs'

// It would start a debugger, in the process that stands above the server.
process.on('SIGUSR1', () => {})

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const main = join(root, 'cli', 'main.ts')

/** @type {Readonly<Record<string, (args: string[]) => Promise<number>>>} */
const commands = {
  start: async (args) => runAs(await ready('production'), [main, 'serve', ...args], { cwd: root, env: typed() }),

  // npm changes into the checkout; file names are meant from where the person stands.
  safelight: async (args) => runAs(await ready('production'), [main, ...args], { cwd: whereTheyStand(), env: typed() }),

  test: async (args) => {
    const { node, env, missing } = await readyToTest(toolsOfTests)
    // Whoever names test files may do without; a whole run that can't be whole is no run.
    if (missing.length > 0 && args.every((arg) => arg.startsWith('-'))) return 1
    return tool(node, 'vitest/vitest.mjs', ['run', ...args], env)
  },

  'test:localstack': async (args) => {
    const { node, env, missing } = await readyToTest(() => ({
      SAFELIGHT_TEST_LOCALSTACK: prepareLocalStack(root),
      SAFELIGHT_TEST_JSONATA: prepareJsonata(root),
      SAFELIGHT_TEST_DYNAMODB_LOCAL: prepareDynamoDbLocal(root),
    }))
    if (missing.length > 0) return 1
    return tool(node, 'vitest/vitest.mjs', ['run', ...args], env)
  },

  lint: async (args) => {
    // Biome colours its output wherever it goes unless told, NO_COLOR or not.
    const plain = process.env.NO_COLOR ? ['--colors=off'] : []
    return tool(await ready('full'), '@biomejs/biome/bin/biome', ['ci', '.', ...plain, ...args])
  },

  types: async (args) => {
    const node = await ready('full')
    const projects = ['.', 'cli/console/page'].filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
    let worst = 0
    for (const folder of projects) {
      worst = Math.max(worst, await tool(node, 'typescript/bin/tsc', ['--noEmit', '-p', folder, ...args]))
    }
    return worst
  },

  deploy: async (args) => deploy(await ready('full'), root, args),
  'deploy:localstack': async (args) => deployToLocalStack(await ready('full'), root, args),
  destroy: async (args) => destroy(await ready('full'), root, args),

  prove: async ([name, ...args]) => {
    const proofs = proofsIn(join(root, 'test', 'prove'))
    if (name === undefined) {
      for (const proof of proofs) process.stdout.write(`${proof.name.padEnd(16)} ${proof.what}\n`)
      return 0
    }
    if (!proofs.some((proof) => proof.name === name)) {
      note(`error: there is no proof named ${name}\nhint: \`npm run prove\` lists them.`)
      return 2
    }
    const { node, env } = await readyToTest(toolsOfTests)
    return runAs(node, [join(root, 'test', 'prove', `${name}.ts`), ...args], { cwd: root, env })
  },
}

function whereTheyStand() {
  const byNpm = ['start', 'safelight'].includes(process.env.npm_lifecycle_event ?? '')
  return byNpm ? (process.env.INIT_CWD ?? root) : process.cwd()
}

/** How the command line is called from there, for hints that can be pasted (cli/typed.ts). */
function typed() {
  if (process.env.SAFELIGHT_COMMAND) return {}
  if (process.platform === 'win32') return { SAFELIGHT_COMMAND: 'npm run safelight --' }
  const path = relative(whereTheyStand(), join(root, 'safelight'))
  return { SAFELIGHT_COMMAND: path.includes(sep) ? path : `.${sep}${path}` }
}

/** @param {'production' | 'full'} mode */
async function ready(mode) {
  await install(root, mode)
  return findNode(root)
}

/**
 * @param {string} node
 * @param {string} script under node_modules; not by .bin, which needs a shell on Windows
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function tool(node, script, args, env) {
  return runAs(node, [join(root, 'node_modules', script), ...args], { cwd: root, ...(env && { env }) })
}

/**
 * What only tests need, by the names under which tests find it.
 * @param {Promise<string>} node once npm installed what it needs
 */
function toolsOfTests(node) {
  return {
    SAFELIGHT_TEST_PYTHON: preparePython(root),
    SAFELIGHT_TEST_CHROMIUM: node.then((path) => prepareChromium(root, path)),
    SAFELIGHT_TEST_MINISTACK: prepareMiniStack(root),
    SAFELIGHT_TEST_DYNAMODB_LOCAL: prepareDynamoDbLocal(root),
  }
}

/**
 * Prepares these tools while npm installs, which most of them don't need, and says what is missing.
 * @param {(node: Promise<string>) => Readonly<Record<string, Promise<string>>>} toolsFor
 */
async function readyToTest(toolsFor) {
  const installed = ready('full')
  const tools = prepared(toolsFor(installed))
  const node = await installed
  const { env, missing } = await tools
  tellOnce(missing)
  return { node, env, missing }
}

/** @param {Readonly<Record<string, Promise<string>>>} tools */
async function prepared(tools) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {}
  const missing = []
  const tried = await Promise.allSettled(Object.values(tools))
  for (const [index, name] of Object.keys(tools).entries()) {
    const outcome = tried[index]
    if (outcome?.status === 'fulfilled') env[name] = outcome.value
    if (outcome?.status === 'rejected') missing.push(outcome.reason)
  }
  return { env, missing }
}

/**
 * Several tools may lack the same thing.
 * @param {readonly unknown[]} errors
 */
function tellOnce(errors) {
  const told = new Set()
  for (const error of errors) {
    const text = error instanceof Error ? error.message : String(error)
    if (!told.has(text)) tell(error)
    told.add(text)
  }
}

/**
 * A proof is a file that ends in finish(); its first line says what it shows.
 * @param {string} folder
 */
function proofsIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'report.ts')
    .map((file) => ({ name: file.slice(0, -3), text: readFileSync(join(folder, file), 'utf8') }))
    .filter(({ text }) => /\bfinish\(/.test(text))
    .map(({ name, text }) => ({ name, what: /^(?:\/\/|\/\*\*)\s*(.*?)(?:\s*\*\/)?$/m.exec(text)?.[1] ?? '' }))
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (!command) {
  note(
    'usage: node scripts/run.mjs start | test | test:localstack | lint | types | prove [NAME] | safelight ARGS… | deploy | destroy',
  )
  process.exit(2)
}
// Leaving by exit() lets go of locks and stops what was being installed.
const leave = (/** @type {number} */ code) => () => process.listenerCount('SIGTERM') > 1 || process.exit(code)
process.on('SIGINT', leave(130))
process.on('SIGTERM', leave(143))
process.on('SIGHUP', leave(129))
try {
  process.exitCode = await command(args)
} catch (error) {
  tell(error)
  process.exitCode = 1
}
