/** SHA256SUMS: what pins the vectors' bytes, so that none is remade or lost unnoticed. Lines are only ever added. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDERS = ['open', 'refuse']

export function vectorFiles(release: string): string[] {
  return FOLDERS.flatMap((folder) => readdirSync(join(release, folder)).map((name) => `${folder}/${name}`)).sort()
}

export function sumOf(release: string, file: string): string {
  return createHash('sha256')
    .update(readFileSync(join(release, file)))
    .digest('hex')
}

/** As `sha256sum` writes them: file name to hex digest. */
export function readSums(release: string): ReadonlyMap<string, string> {
  const path = join(release, 'SHA256SUMS')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
}

export function addSums(release: string): void {
  const known = readSums(release)
  const all = new Map([...vectorFiles(release).map((file): [string, string] => [file, sumOf(release, file)]), ...known])
  const lines = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, sum]) => `${sum}  ${file}\n`)
  writeFileSync(join(release, 'SHA256SUMS'), lines.join(''))
}
