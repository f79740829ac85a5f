/** A temporary folder that an interrupted command takes along. */
import { mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onInterrupt } from './interrupt.ts'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

/** Another thread may be putting a file into it just then: the folder is emptied again until it goes. */
const WHOLE = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 } as const

export function temporaryFolder(): TemporaryFolder {
  // Signals are heard before there is a folder, and no turn of the event loop comes in between.
  let path = ''
  const done = onInterrupt(() => (path === '' ? undefined : rmSync(path, WHOLE)))
  path = mkdtempSync(join(tmpdir(), 'safelight-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, WHOLE)
      done()
    },
  }
}
