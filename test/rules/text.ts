// Rules about what files say: no path of a machine, no registry, exact versions, no test that doesn't run.
import { isNode, lineOf, type Node, nodesOf } from './modules.ts'

/** Spelled so that this file doesn't hold what it looks for. */
const MACHINE_PATHS = /(?<![\w.:~/-])\/(?:home\/[a-z_]|Users\/[a-zA-Z_]|root\/|work\/)/
const REGISTRIES = new RegExp(
  ['registry\\.npmjs', 'registry\\.yarnpkg', 'pypi\\.org', 'files\\.pythonhosted'].join('|'),
)

export function machineTracesIn(file: string, text: string): string[] {
  const traces: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (MACHINE_PATHS.test(line)) traces.push(`${file}:${index + 1} holds an absolute path of some machine`)
    if (REGISTRIES.test(line)) traces.push(`${file}:${index + 1} names a package registry`)
  }
  return traces
}

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly resolved?: string }>>
}

/** Every direct dependency is one exact version, and the lock file holds that one from no particular place. */
export function looseVersionsIn(manifest: Manifest, lock: Lock): string[] {
  const wrong: string[] = []
  const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
  for (const [name, version] of Object.entries(direct)) {
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) wrong.push(`${name} is ${version}, not an exact version`)
    const locked = lock.packages[`node_modules/${name}`]?.version
    if (locked !== version) wrong.push(`${name} is ${version}, and ${locked ?? 'absent'} in the lock file`)
  }
  for (const [path, { resolved }] of Object.entries(lock.packages)) {
    if (resolved !== undefined) wrong.push(`${path} is locked to one registry`)
  }
  return wrong
}

/** @param text of a pip requirements file */
export function looseRequirementsIn(file: string, text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*|\\$/g, '').trim())
    .filter((line) => line !== '' && !line.startsWith('--hash') && !/^[\w.[\]-]+==[\w.]+(\s|;|$)/.test(line))
    .map((line) => `${file}: ${line} is not an exact version`)
}

const UNRUN = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'])
const SUITES = new Set(['test', 'it', 'describe', 'suite', 'bench', 'context', 'ctx', 'task'])

/** Tests that don't run, or keep others from running, or pass by failing. */
export function unrunTestsIn(file: string, code: string): string[] {
  const found: string[] = []
  for (const { node } of nodesOf(code, file)) {
    const how = unrun(node)
    if (how) found.push(`${file}:${lineOf(code, node)} has ${how}`)
  }
  return found
}

function unrun(node: Node): string | undefined {
  if (node.type === 'MemberExpression' && isNode(node.property)) {
    const name = node.property.name ?? node.property.value
    const isSuite = SUITES.has(rootName(node.object) ?? '')
    return isSuite && typeof name === 'string' && UNRUN.has(name) ? `.${name}` : undefined
  }
  if (node.type !== 'CallExpression') return undefined
  const called = rootName(node.callee) ?? ''
  if (/^[xf](it|test|describe)$/.test(called)) return called
  if (!SUITES.has(called) || !Array.isArray(node.arguments)) return undefined
  return node.arguments.map(unrunOption).find((option) => option !== undefined)
}

/** `test('…', { skip: true }, …)` */
function unrunOption(argument: unknown): string | undefined {
  if (!isNode(argument) || argument.type !== 'ObjectExpression' || !Array.isArray(argument.properties)) return undefined
  for (const property of argument.properties) {
    const key: unknown =
      isNode(property) && isNode(property.key) ? (property.key.name ?? property.key.value) : undefined
    if (typeof key === 'string' && UNRUN.has(key)) return `{ ${key} }`
  }
  return undefined
}

/** `test` of `test.each(…).skip(…)`. */
function rootName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return typeof node.name === 'string' ? node.name : undefined
  if (node.type === 'MemberExpression') return rootName(node.object)
  if (node.type === 'CallExpression') return rootName(node.callee)
  return undefined
}
