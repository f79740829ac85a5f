/**
 * Ends a command that waits for something which can't come any more: its home was taken away, so that it looks at
 * databases which only it still has open, or whoever started it is gone, and nobody hears the answer.
 */
import { statSync } from 'node:fs'
import type { Context } from './args.ts'
import { codeOf, EXIT } from './errors.ts'

const LOOK_MS = 1_000

/** What was received stays in intake and is sealed by the next server; nothing is left half-done that a kill would not leave. */
export function endWhenOrphaned(home: string, out: Context['out']): Disposable {
  const parent = process.ppid
  const folder = statSync(home).ino
  const timer = setInterval(() => {
    const why = process.ppid !== parent ? 'whoever started this command is gone' : goneHome(home, folder)
    if (why === undefined) return
    out.fail({ exitCode: EXIT.failed, message: why })
    // The sealing process ends with us: its channel closes.
    process.exit(EXIT.failed)
  }, LOOK_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Another folder of the same name is not the one that was opened. A disk that doesn't answer now may do so later. */
function goneHome(home: string, folder: number): string | undefined {
  try {
    if (statSync(home).ino === folder) return undefined
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return undefined
  }
  return `the home ${home} is gone, and what was waiting in it`
}
