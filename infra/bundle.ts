/**
 * Makes a function's package without Docker: one file by esbuild and, for seal, the native packages it can't hold and the
 * models. The same checkout gives the same bytes, whichever day it is and wherever it lies.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import type { FunctionName } from '../functions/env.ts'
import { type Architecture, copyNativePackages, NATIVE } from './native.ts'

const root = resolve(import.meta.dirname, '..')

export interface BundleOptions {
  readonly architecture?: Architecture
  /** A policy file in place of the default one. */
  readonly policy?: string
}

/** The only function with a decoder and models. */
const WITH_MODELS: FunctionName = 'seal'

/** CommonJS within ES modules asks for `require`. */
const BANNER =
  "import { createRequire as safelightRequire } from 'node:module'; const require = safelightRequire(import.meta.url);"

/** @returns the folder that holds the package: `index.mjs`, and beside it what it loads */
export function bundle(name: FunctionName, options: BundleOptions = {}): string {
  const { architecture = 'x64', policy } = options
  const folder = scratch(name)
  const entry = join('functions', name, 'entry.ts')
  if (!existsSync(join(root, entry))) throw new Error(`${entry} is missing`)
  const made = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module', 'import', 'node'],
    banner: { js: BANNER },
    // Names of classes and functions are in logs and stack traces; the rest is bytes to load at a cold start.
    minify: true,
    keepNames: true,
    legalComments: 'none',
    external: name === WITH_MODELS ? [...NATIVE] : [],
    metafile: true,
    logLevel: 'error',
  })
  if (policy !== undefined) usePolicy(made.metafile.inputs, folder, policy)
  if (name === WITH_MODELS) {
    copyNativePackages(join(folder, 'node_modules'), architecture)
    copyModels(join(folder, 'models'))
  }
  return folder
}

function copyModels(to: string): void {
  const manifest: { models: { file: string }[] } = JSON.parse(
    readFileSync(join(root, 'models', 'manifest.json'), 'utf8'),
  )
  mkdirSync(to)
  for (const file of ['manifest.json', ...manifest.models.map((model) => model.file)]) {
    cpSync(join(root, 'models', file), join(to, file))
  }
}

/** The function looks for it beside itself; functions that know no policy get none. */
function usePolicy(inputs: Readonly<Record<string, unknown>>, folder: string, policy: string): void {
  if ('shared/policy/policy.ts' in inputs) writeFileSync(join(folder, 'policy.json'), readFileSync(resolve(policy)))
}

const folders: string[] = []
function clear(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

/** Gone when the process ends; CDK has copied it by then. */
function scratch(name: string): string {
  if (folders.length === 0) process.on('exit', clear)
  const folder = mkdtempSync(join(tmpdir(), `safelight-${name}-`))
  folders.push(folder)
  return folder
}
