/**
 * Packages that are compared with the deployed ones: ours, with the detectors' answers given, and a pair that only calls
 * AWS. They are for an emulator on this machine: native libraries are loaded from this checkout.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Assessment } from '../../../shared/sensitivity/types.ts'
import { root } from '../../rules/tree.ts'
import { zipOf } from '../zip.ts'
import type { Sizes } from './barely.ts'

const require = createRequire(import.meta.url)
const BANNER =
  "import { createRequire as safelightRequire } from 'node:module'; const require = safelightRequire(import.meta.url);"

/** What the detectors say of a picture of that size, `1920 1080`. */
export type Assessments = Readonly<Record<string, Assessment>>

export const sizeOf = ({ width, height }: { readonly width: number; readonly height: number }) => `${width} ${height}`

const nativeFromHere: Plugin = {
  name: 'native libraries from this checkout',
  setup(building) {
    building.onResolve({ filter: /^(sharp|onnxruntime-node)$/ }, ({ path }) => ({
      path: require.resolve(path),
      external: true,
    }))
  },
}

/** In place of the room's front door, so that nothing in the product knows of it. */
function answersGiven(assessments: Assessments): Plugin {
  const contents = `
    const known = ${JSON.stringify(assessments)}
    export async function assess({ width, height }) {
      const assessment = known[width + ' ' + height]
      if (!assessment) throw new RangeError('a picture that was not assessed before')
      return assessment
    }`
  return {
    name: 'answers given',
    setup(building) {
      building.onLoad({ filter: /shared[\\/]sensitivity[\\/]assess\.ts$/ }, () => ({ contents, loader: 'js' }))
    },
  }
}

async function packageOf(entry: string, plugins: readonly Plugin[], define: Record<string, string> = {}) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    write: false,
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', minify: true, keepNames: true },
    mainFields: ['module', 'main'],
    conditions: ['module', 'import', 'node'],
    banner: { js: BANNER },
    plugins: [...plugins],
    define,
    logLevel: 'error',
  })
  return zipOf('index.mjs', outputFiles[0]?.text ?? '')
}

export function sealWithAnswers(assessments: Assessments): Promise<Uint8Array> {
  return packageOf(join('functions', 'seal', 'entry.ts'), [nativeFromHere, answersGiven(assessments)])
}

export function barely(half: 'seal' | 'verify', sizes: readonly Sizes[]): Promise<Uint8Array> {
  return packageOf(join('test', 'aws', 'load', `barely-${half}.ts`), [], { SIZES: JSON.stringify(sizes) })
}
