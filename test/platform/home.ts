/** A private folder a test, and a child process that a test may kill. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export async function temporaryHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'safelight-test-'))
  return { home, remove: () => rm(home, { recursive: true, force: true }) }
}

/** Runs a script of this folder until it has printed `lines` lines, then SIGKILLs it. @returns those lines */
export async function killAfter(script: string, args: readonly string[], lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => child.once('close', (_, signal) => done(signal)))
  const seen: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(line)
    if (seen.length >= lines) child.kill('SIGKILL')
  }
  const signal = await ended
  if (signal !== 'SIGKILL') throw new Error(`${script} ended by itself (${signal})`)
  return seen
}

/** Every path below `folder` with its permission bits. */
export async function modesBelow(folder: string): Promise<{ path: string; folder: boolean; mode: number }[]> {
  const found = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    found.push({ path, folder: entry.isDirectory(), mode: (await stat(path)).mode & 0o777 })
  }
  return found
}
