// Reads a module's imports and the Node globals it uses from its syntax tree, so that the rules judge code, not text.
import { parseAst } from 'vitest/node'

export interface Import {
  /** As written; undefined when it is computed at run time. */
  readonly specifier: string | undefined
  /** Gone when types are stripped: `import type`, `export type`, `import('…').T`. */
  readonly typeOnly: boolean
  readonly line: number
}

export type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number }

/** Every node of a module, parents first. @throws SyntaxError */
export function* nodesOf(code: string, file: string): Generator<{ node: Node; parent: Node | undefined }> {
  yield* walk(parseAst(code, { lang: languageOf(file) }), undefined)
}

function languageOf(file: string): 'ts' | 'tsx' | 'jsx' {
  if (/\.[cm]?js$/.test(file)) return 'jsx'
  return file.endsWith('x') ? 'tsx' : 'ts'
}

function* walk(value: unknown, parent: Node | undefined): Generator<{ node: Node; parent: Node | undefined }> {
  if (Array.isArray(value)) for (const item of value) yield* walk(item, parent)
  if (!isNode(value)) return
  yield { node: value, parent }
  for (const child of Object.values(value)) yield* walk(child, value)
}

export function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  )
}

export function importsOf(code: string, file: string): Import[] {
  const found: Import[] = []
  for (const { node } of nodesOf(code, file)) {
    const imported = importIn(node)
    if (imported) found.push({ ...imported, line: lineOf(code, node) })
  }
  return found
}

function importIn(node: Node): Omit<Import, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: literal(node.source), typeOnly: node.importKind === 'type' }
    case 'ExportAllDeclaration':
      return { specifier: literal(node.source), typeOnly: node.exportKind === 'type' }
    case 'ExportNamedDeclaration':
      return isNode(node.source) ? { specifier: literal(node.source), typeOnly: node.exportKind === 'type' } : undefined
    case 'ImportExpression':
      return { specifier: literal(node.source), typeOnly: false }
    case 'TSImportType':
      return { specifier: literal(node.source), typeOnly: true }
    case 'TSExternalModuleReference':
      return { specifier: literal(node.expression), typeOnly: false }
    case 'CallExpression':
      return requireIn(node)
    default:
      return undefined
  }
}

/** `require(…)` and `require.resolve(…)`, whoever made that require. */
function requireIn({ callee, arguments: given }: Node): Omit<Import, 'line'> | undefined {
  const called = isNode(callee) && callee.type === 'MemberExpression' ? callee.object : callee
  if (!isNode(called) || called.type !== 'Identifier' || called.name !== 'require') return undefined
  return { specifier: literal(Array.isArray(given) ? given[0] : undefined), typeOnly: false }
}

function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node.quasis) || node.quasis.length !== 1) return undefined
  const text: unknown = node.quasis[0]?.value?.cooked
  return typeof text === 'string' ? text : undefined
}

const NODE_GLOBALS = new Set([
  'Buffer',
  'process',
  'require',
  'module',
  '__dirname',
  '__filename',
  'global',
  'setImmediate',
])

/** Globals that Node has and browsers don't, where they are used (not where a property or a type member has that name). */
export function nodeGlobalsIn(code: string, file: string): { readonly name: string; readonly line: number }[] {
  const found: { name: string; line: number }[] = []
  for (const { node, parent } of nodesOf(code, file)) {
    if (node.type !== 'Identifier' || typeof node.name !== 'string' || !NODE_GLOBALS.has(node.name)) continue
    const named = parent && (parent.key === node || parent.property === node) && parent.computed !== true
    if (!named || parent?.shorthand === true) found.push({ name: node.name, line: lineOf(code, node) })
  }
  return found
}

export function lineOf(code: string, node: Node): number {
  return code.slice(0, node.start).split('\n').length
}
