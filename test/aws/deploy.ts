// Deploys the real app to an emulator, as a person would: CDK's own commands, real packages, and what the stack says of itself.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import cdk from '../../cdk.json' with { type: 'json' }
import { FOR_EMULATORS } from '../../scripts/deploy.mjs'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import { root } from '../rules/tree.ts'
import type { Emulator } from './emulator.ts'

export interface DeployOptions {
  /** Context of the app, as with `-c`. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** The CDK app to deploy, from the root; the real one unless said. */
  readonly app?: string
  /** By whoever deploys, and by none of the roles that bootstrapping makes: an emulator that enforces IAM gives those nothing. */
  readonly asCaller?: boolean
  /** Changes the template between synthesis and deployment: for conditions that an emulator doesn't know. */
  readonly transform?: (template: unknown) => unknown
}

const TOOL = join(root, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal')

/** @throws Error with the tool's last words when the stack doesn't reach CREATE_COMPLETE */
export async function deployTo(
  emulator: Pick<Emulator, 'env' | 'endpoint'>,
  options: DeployOptions = {},
): Promise<Outputs> {
  const folder = mkdtempSync(join(tmpdir(), 'safelight-deploy-'))
  try {
    const assembly = await assemblyOf(options.app ?? 'infra/app.ts', {
      ...Object.fromEntries(FOR_EMULATORS.map((flag) => [flag, true])),
      ...options.flags,
    })
    const app = join(folder, 'app')
    cpSync(assembly, app, { recursive: true })
    if (options.transform) rewrite(app, /\.template\.json$/, options.transform)
    if (options.asCaller) rewrite(app, /^manifest\.json$|\.assets\.json$/, withoutRoles)
    const env = { ...emulator.env, AWS_ENDPOINT_URL_S3: emulator.endpoint }
    const outputs = join(folder, 'outputs.json')
    // Both read nothing of this checkout: cdk.json would have them synthesise anew.
    await run([TOOL, 'bootstrap', '--app', app], folder, env)
    await run([TOOL, 'deploy', '--app', app, '--require-approval', 'never', '--outputs-file', outputs], folder, env)
    return outputsIn(outputs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** By `npm run deploy:localstack`, to the letter. @throws Error with its last words when it fails */
export async function deployToLocalStack(
  { env }: Pick<Emulator, 'env'>,
  flags: DeployOptions['flags'] = {},
): Promise<Outputs> {
  const folder = mkdtempSync(join(tmpdir(), 'safelight-deploy-'))
  try {
    const outputs = join(folder, 'outputs.json')
    const script = join(root, 'scripts', 'run.mjs')
    // Templates go where no other deployment from this checkout writes them.
    const context = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const args = [...context, '--outputs-file', outputs, '--output', join(folder, 'cdk.out')]
    await run([script, 'deploy:localstack', ...args], root, env)
    return outputsIn(outputs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function outputsIn(file: string): Outputs {
  const told: Readonly<Record<string, Outputs>> = JSON.parse(readFileSync(file, 'utf8'))
  const [stack] = Object.values(told)
  if (!stack) throw new Error('the deployed stack has no outputs')
  return stack
}

/** The address at which an emulator serves a function URL, whose own host name nobody resolves. */
export function reachable(emulator: Pick<Emulator, 'endpoint'>, url: string): string {
  const { hostname, pathname, search } = new URL(url)
  const [id] = hostname.split('.')
  return `${emulator.endpoint}/_aws/lambda-url/${id}${pathname}${search}`
}

const assemblies = new Map<string, Promise<string>>()

/** Synthesised once a process and set of flags: packages take some ten seconds to make. */
function assemblyOf(script: string, flags: Readonly<Record<string, unknown>>): Promise<string> {
  const context = JSON.stringify({ ...cdk.context, ...flags })
  const known = assemblies.get(script + context)
  if (known) return known
  const folder = mkdtempSync(join(tmpdir(), 'safelight-assembly-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const made = run([join(root, script)], root, { CDK_CONTEXT_JSON: context, CDK_OUTDIR: folder }).then(() => folder)
  assemblies.set(script + context, made)
  return made
}

function rewrite(app: string, which: RegExp, change: (json: unknown) => unknown): void {
  const files = readdirSync(app).filter((name) => which.test(name))
  if (files.length === 0) throw new Error(`there is no file ${which} to change`)
  for (const name of files) {
    const json: unknown = JSON.parse(readFileSync(join(app, name), 'utf8'))
    writeFileSync(join(app, name), JSON.stringify(change(json)))
  }
}

const ROLES = new Set(['assumeRoleArn', 'cloudFormationExecutionRoleArn', 'lookupRole'])

function withoutRoles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRoles)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !ROLES.has(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutRoles(inner)]))
}

async function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')))
  const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter)

  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...own, ...env, PATH, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-8_000)
    })
  }
  const [code]: (number | null)[] = await once(child, 'close')
  if (code !== 0) throw new Error(`${args.slice(0, 2).join(' ')} failed:\n${said}`)
}
