/**
 * A benchmark's process, tied to whoever started it: killed by whatever signal, that one can't end its children any more, and
 * an emulator with its functions would work on for nobody. A channel between the two closes with either.
 */
import { spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'

export interface Tethered {
  /** What it prints. */
  readonly lines: Interface
  /** Its exit code; 1 where a signal ended it. */
  readonly ended: Promise<number>
}

/** @param args of a program of ours that calls `endWithParent` first */
export function startTethered(command: string, args: readonly string[]): Tethered {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  if (!child.stdout) throw new Error('a process without output')
  return { lines: createInterface({ input: child.stdout }), ended }
}

/** From now on this process ends with the one that started it; one that was started otherwise goes on as it is. */
export function endWithParent(): void {
  if (!process.channel) return
  process.once('disconnect', () => process.exit(143))
  // It must not keep alive what has nothing left to do.
  process.channel.unref()
}
