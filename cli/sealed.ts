/** A sealed file as the vault reads it: its size, and any range of its bytes. */
import { createReadStream, createWriteStream, rmSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { SealedSource } from '../shared/vault/open.ts'
import { CommandFailed } from './errors.ts'
import { openInput, STDIO } from './files.ts'
import { onInterrupt } from './interrupt.ts'

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

async function spoolStdin(): Promise<SealedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'safelight-'))
  const done = onInterrupt(() => rmSync(folder, { recursive: true, force: true }))
  const dispose = async () => {
    await rm(folder, { recursive: true, force: true })
    done()
  }
  try {
    const path = join(folder, 'sealed')
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
