/** Ctrl-C and SIGTERM: tidy up, then leave with the code that shells expect, so that no half-written file stays. */

type Cleanup = () => void | Promise<void>

const cleanups = new Set<Cleanup>()
let installed = false
let leaving = false

/** Runs `cleanup` if the process is interrupted before the returned function was called. */
export function onInterrupt(cleanup: Cleanup): () => void {
  install()
  cleanups.add(cleanup)
  return () => void cleanups.delete(cleanup)
}

function install(): void {
  if (installed) return
  installed = true
  process.on('SIGINT', () => void leave(130))
  process.on('SIGTERM', () => void leave(143))
}

async function leave(exitCode: number): Promise<void> {
  // The second Ctrl-C of somebody who won't wait.
  if (leaving) process.exit(exitCode)
  leaving = true
  await Promise.allSettled([...cleanups].map(async (cleanup) => cleanup()))
  process.exit(exitCode)
}
