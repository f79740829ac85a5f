/** A sealed file as the vault reads it: its size, and any range of its bytes. */
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { AuthenticationFailed, type Chunks } from '../shared/platform/ports.ts'
import type { SealedSource } from '../shared/vault/open.ts'
import { CommandFailed, NotSealed } from './errors.ts'
import { openInput, STDIO } from './files.ts'
import { temporaryFolder } from './temporary.ts'

export interface SealedFile extends AsyncDisposable {
  readonly source: SealedSource
}

/** `-` is kept in a temporary file meanwhile, because opening reads back and forth; it is sealed, so it may lie there. */
export async function openSealed(path: string): Promise<SealedFile> {
  if (path === STDIO) return spoolStdin()
  const { size } = await openInput(path)
  if (size === undefined) throw new CommandFailed('that is no regular file', 'a pipe is read with -')
  return { source: sourceOf(path, size), async [Symbol.asyncDispose]() {} }
}

const MAGIC = Buffer.from('SLV1')

/** Whether these bytes begin as a sealed file does. That proves nothing; it tells a mix-up from damage. */
export async function beginsSealed(chunks: Chunks): Promise<boolean> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of chunks) {
    parts.push(part)
    length += part.length
    if (length >= MAGIC.length) break
  }
  return Buffer.concat(parts).subarray(0, MAGIC.length).equals(MAGIC)
}

export async function isSealed({ size, read }: SealedSource): Promise<boolean> {
  return size >= MAGIC.length && beginsSealed(await read({ first: 0, last: MAGIC.length - 1 }))
}

/** Runs what opens this file: where the file was never sealed, the same refusal says so. @throws NotSealed */
export async function orNotSealed<T>(source: SealedSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AuthenticationFailed && !(await isSealed(source))) throw new NotSealed()
    throw error
  }
}

async function spoolStdin(): Promise<SealedFile> {
  const folder = temporaryFolder()
  const dispose = () => folder[Symbol.asyncDispose]()
  try {
    const path = join(folder.path, 'sealed')
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }))
    return { source: sourceOf(path, (await stat(path)).size), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

function sourceOf(path: string, size: number): SealedSource {
  return {
    size,
    async read({ first, last }) {
      return createReadStream(path, { start: first, end: last, highWaterMark: 256 * 1024 })
    },
  }
}
