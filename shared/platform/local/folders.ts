/**
 * Folders made one by one, from the nearest one that is there. Node's own recursive mkdir tries for ever where a parent
 * that is there says that there is no such folder, as /proc does.
 */
import { mkdirSync, statSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export const PRIVATE_FOLDER = 0o700

/** @returns the highest folder that was made; undefined when all were there */
export async function makeFolders(folder: string): Promise<string | undefined> {
  const isFolder = () => ifThere(() => stat(folder)).then((found) => found?.isDirectory() ?? false)
  if (await isFolder()) return undefined
  const parent = dirname(folder)
  const highest = parent === folder ? undefined : await makeFolders(parent)
  try {
    await mkdir(folder, { mode: PRIVATE_FOLDER })
    return highest ?? folder
  } catch (error) {
    // Somebody else was faster.
    if (codeOf(error) === 'EEXIST' && (await isFolder())) return highest
    throw error
  }
}

/** The same at once, for what is opened before anything else can go on. */
export function makeFoldersNow(folder: string): void {
  const isFolder = () => statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (isFolder()) return
  const parent = dirname(folder)
  if (parent !== folder) makeFoldersNow(parent)
  try {
    mkdirSync(folder, { mode: PRIVATE_FOLDER })
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && isFolder()) return
    throw error
  }
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
