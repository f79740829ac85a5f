// The files that a commit would hold, for rules about the whole tree.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

/** Paths from the root, with `/`: tracked files and those not ignored. @throws when there are none to judge */
export function treeFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  const files = [...new Set(listed.split('\0'))].filter((file) => file !== '' && isFile(file))
  if (files.length === 0) throw new Error('no files to judge')
  return files
}

function isFile(file: string): boolean {
  return statSync(join(root, file), { throwIfNoEntry: false })?.isFile() ?? false
}

/** @returns undefined for a file that isn't text */
export function textOf(file: string): string | undefined {
  const bytes = readFileSync(join(root, file))
  return bytes.includes(0) ? undefined : bytes.toString('utf8')
}

export function isCode(file: string): boolean {
  return /\.([cm]?[jt]s|[jt]sx)$/.test(file)
}
