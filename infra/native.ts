/**
 * The packages that esbuild can't fold into one file, because they load shared libraries: copied exactly as locked, and
 * pruned to what runs on Linux with one architecture.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'

export type Architecture = 'x64' | 'arm64'

const root = resolve(import.meta.dirname, '..')

/** What stays outside of the bundle. */
export const NATIVE = ['sharp', 'onnxruntime-node'] as const

/** Those, and what they need when they run: onnxruntime-node's other dependencies serve its installation alone. */
function packagesFor(architecture: Architecture): readonly string[] {
  const sharp = ['sharp', '@img/colour', 'detect-libc', 'semver']
  const binaries = [`@img/sharp-linux-${architecture}`, `@img/sharp-libvips-linux-${architecture}`]
  return [...sharp, ...binaries, 'onnxruntime-node', 'onnxruntime-common']
}

export function copyNativePackages(to: string, architecture: Architecture): void {
  const from = nodeModulesFor(architecture)
  for (const name of packagesFor(architecture)) {
    const source = join(from, name)
    if (!existsSync(source)) throw new Error(`${name} is not installed; run \`npm ci\``)
    mkdirSync(join(to, name), { recursive: true })
    cpSync(source, join(to, name), { recursive: true, filter: (path) => isNeeded(source, path, architecture) })
  }
}

/** Sources, types and notes stay behind, and so do other platforms' libraries; licences come along. */
function isNeeded(source: string, path: string, architecture: Architecture): boolean {
  const parts = path.slice(source.length + 1).split(sep)
  if (basename(source) === 'onnxruntime-node' && !isRunByOnnx(parts, architecture)) return false
  if (parts.some((part) => ['node_modules', 'src', 'script', 'docs', 'test', 'include', 'lib-esm'].includes(part)))
    return false
  return !/\.(ts|map|md|markdown|h|gyp|pdb)$/i.test(path)
}

/** `bin/napi-v*` / platform / architecture. */
function isRunByOnnx([top, , platform, arch]: readonly string[], architecture: Architecture): boolean {
  if (top !== 'bin') return true
  return (platform === undefined || platform === 'linux') && (arch === undefined || arch === architecture)
}

/** This checkout's own, where it was installed on such a machine; otherwise one that npm makes for it, from the same lock. */
function nodeModulesFor(architecture: Architecture): string {
  const here = join(root, 'node_modules')
  if (holds(here, architecture)) return here
  const there = join(root, '.cache', `lambda-linux-${architecture}`)
  if (!holds(join(there, 'node_modules'), architecture)) installFor(there, architecture)
  return join(there, 'node_modules')
}

function holds(nodeModules: string, architecture: Architecture): boolean {
  const lock: { packages: Record<string, { version?: string }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  return packagesFor(architecture).every((name) => {
    const manifest = join(nodeModules, name, 'package.json')
    if (!existsSync(manifest)) return false
    const installed: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
    return installed.version === lock.packages[`node_modules/${name}`]?.version && hasOnnx(nodeModules, architecture)
  })
}

function hasOnnx(nodeModules: string, architecture: Architecture): boolean {
  const bin = join(nodeModules, 'onnxruntime-node', 'bin')
  return existsSync(bin) && readdirSync(bin).some((napi) => existsSync(join(bin, napi, 'linux', architecture)))
}

function installFor(folder: string, architecture: Architecture): void {
  mkdirSync(folder, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file))
  const platform = [`--os=linux`, `--cpu=${architecture}`, '--libc=glibc']
  const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...platform]
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, args, { cwd: folder, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(`npm could not install the packages for linux-${architecture}`)
}

/** Bytes of a folder, as Lambda counts them: unzipped. */
export function sizeOf(path: string): number {
  const info = statSync(path)
  if (!info.isDirectory()) return info.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
