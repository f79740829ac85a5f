/**
 * The console page's files as the browser gets them, read and stripped of types once. There is no build step: the page's
 * modules import each other as `./x.ts`, and that is the path under which they are served, as JavaScript.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { extname, join } from 'node:path'

export interface Asset {
  /** The value of Content-Type. */
  readonly type: string
  readonly body: Uint8Array
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
}

/** What the page needs to run, and nothing else may load. The server sends it with every asset. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

let loaded: Map<string, Asset> | undefined

/** Request path to asset; `/` is the page itself. @throws when a file can't be read or isn't erasable TypeScript */
export function loadAssets(): ReadonlyMap<string, Asset> {
  loaded ??= read(join(import.meta.dirname, 'page'))
  return loaded
}

function read(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const source = readFileSync(join(folder, name))
    const body = name.endsWith('.ts') ? new TextEncoder().encode(stripQuietly(source.toString('utf8'))) : source
    assets.set(`/${name}`, { type, body })
    if (name === 'index.html') assets.set('/', { type, body })
  }
  return assets
}

/** Node 24 calls the function experimental on stderr, once, which would stand in the middle of what `serve` prints. */
function stripQuietly(source: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = emitWarning
  }
}
