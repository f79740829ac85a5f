/**
 * Files that commands read and write. `-` is stdin or stdout. An output file appears whole or not at all: it is written
 * under a temporary name beside its place and takes the place only after everything went well.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, rmSync, type Stats } from 'node:fs'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CommandFailed, codeOf, failureOf, UsageError } from './errors.ts'
import { onInterrupt } from './interrupt.ts'

export const STDIO = '-'

export interface InputFile {
  /** The last part of the path; undefined for stdin. */
  readonly name: string | undefined
  /** Bytes; undefined for what can be read only once (stdin, a pipe). */
  readonly size: number | undefined
  /** Milliseconds since 1970. */
  readonly modified: number | undefined
  /** From its start; a file can be read again, stdin can't. */
  read(): AsyncIterable<Uint8Array>
}

/** @throws CommandFailed naming the path as it was typed */
export async function openInput(path: string): Promise<InputFile> {
  if (path === STDIO) return { name: undefined, size: undefined, modified: undefined, read: () => process.stdin }
  const found = await stat(path).catch((error: unknown) => fail(path, error))
  if (found.isDirectory())
    throw new CommandFailed(`${path}: that is a folder, not a file`, `name the files in it: ${path}/*`)
  const size = found.isFile() ? found.size : undefined
  const handle = await open(path).catch((error: unknown) => fail(path, error))
  await handle.close()
  return { name: basename(path), size, modified: found.mtimeMs, read: () => createReadStream(path) }
}

export interface OutputOptions {
  /** Replace an existing file; write bytes to a terminal. */
  readonly force: boolean
  /** Permissions of a new file; 0666 less the umask otherwise. */
  readonly mode?: number
}

/** To be called before any work is done, so that a refusal costs nothing. @throws UsageError, CommandFailed */
export async function checkOutput(path: string, { force }: OutputOptions): Promise<void> {
  const folder = dirname(path)
  if (path !== STDIO && (await isMissing(folder))) {
    throw new CommandFailed(`${path}: there is no folder ${folder}`, 'make it first, or choose another place')
  }
  if (force) return
  if (path === STDIO) {
    if (!process.stdout.isTTY) return
    throw new UsageError('not writing binary data to a terminal', 'choose a file with -o FILE, or pipe it somewhere')
  }
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw new UsageError(`${path}: that is a folder, not a file`)
  if (found?.isFile()) throw existsAlready(path)
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: unknown) => codeOf(error) === 'ENOENT',
  )
}

/** Writes all of `chunks` or leaves nothing behind. @returns the number of bytes written */
export async function writeOutput(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  options: OutputOptions,
  onBytes: (total: number) => void = () => {},
): Promise<number> {
  await checkOutput(path, options)
  if (path === STDIO) return writeStdout(chunks, onBytes)
  const found = await stat(path).catch(() => undefined)
  // A device or a named pipe (`-o /dev/null`) can't be renamed over.
  return isSpecial(found) ? writeInPlace(path, chunks, onBytes) : writeBeside(path, chunks, options, onBytes)
}

async function writeStdout(chunks: AsyncIterable<Uint8Array>, onBytes: (total: number) => void): Promise<number> {
  let total = 0
  for await (const chunk of chunks) {
    // After a reader went away no 'drain' comes: `| head` would leave us waiting.
    if (!process.stdout.writable) return total
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
    total += chunk.length
    onBytes(total)
  }
  return total
}

async function writeInPlace(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (total: number) => void,
): Promise<number> {
  const file = await open(path, 'w').catch((error: unknown) => fail(path, error))
  try {
    return await writeAll(file, chunks, onBytes)
  } finally {
    await file.close()
  }
}

async function writeBeside(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { force, mode }: OutputOptions,
  onBytes: (total: number) => void,
): Promise<number> {
  const partial = join(dirname(path), `.${randomBytes(8).toString('hex')}.safelight-partial`)
  const done = onInterrupt(() => rmSync(partial, { force: true }))
  try {
    const file = await open(partial, 'wx', mode).catch((error: unknown) => fail(path, error))
    let total: number
    try {
      total = await writeAll(file, chunks, onBytes)
      await file.sync()
    } finally {
      await file.close()
    }
    if (force) await rename(partial, path)
    else await renameUnlessTaken(partial, path)
    return total
  } finally {
    await rm(partial, { force: true })
    done()
  }
}

interface Writable {
  write(data: Uint8Array): Promise<{ bytesWritten: number }>
}

async function writeAll(
  file: Writable,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (total: number) => void,
): Promise<number> {
  let total = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) at += (await file.write(chunk.subarray(at))).bytesWritten
    total += chunk.length
    onBytes(total)
  }
  return total
}

/** A hard link fails where a rename would replace a file that appeared meanwhile. Not every file system has them. */
async function renameUnlessTaken(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw existsAlready(to)
    await rename(from, to)
  }
}

function existsAlready(path: string): UsageError {
  return new UsageError(`${path} exists already`, 'choose another name, or --force to replace it')
}

function isSpecial(found: Stats | undefined): boolean {
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

function fail(path: string, error: unknown): never {
  throw new CommandFailed(`${path}: ${failureOf(error).message}`)
}
