/** What a piece of work asks of the disk: the calls that the key files are read with, counted as they are made. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** @returns the calls made until it is done, such as `readFileSync link-000.key`, in order */
export async function diskCalls(work: () => Promise<void>): Promise<readonly string[]> {
  const calls: string[] = []
  const { readFileSync } = fs
  const { readdir, readFile, open, stat } = fs.promises
  const counted = <A extends unknown[], R>(name: string, call: (...args: A) => R) => {
    return (...args: A): R => {
      calls.push(`${name} ${String(args[0]).split(/[/\\]/).at(-1)}`)
      return call(...args)
    }
  }
  Object.assign(fs, { readFileSync: counted('readFileSync', readFileSync) })
  Object.assign(fs.promises, {
    readdir: counted('readdir', readdir),
    readFile: counted('readFile', readFile),
    open: counted('open', open),
    stat: counted('stat', stat),
  })
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    Object.assign(fs, { readFileSync })
    Object.assign(fs.promises, { readdir, readFile, open, stat })
    syncBuiltinESMExports()
  }
  return calls
}
