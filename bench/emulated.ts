/**
 * Benchmarks against an AWS emulator. They stand among the tests, which know how to start and deploy to one; here they
 * are run in a process of their own, and their lines are passed on.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Line, Publish } from './line.ts'

const ROOT = join(import.meta.dirname, '..')

/** @param script below test/aws. @throws Error where it failed, after all that it published */
export async function emulated(script: string, args: readonly string[], publish: Publish): Promise<void> {
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, 'test', 'aws', script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  for await (const text of createInterface({ input: child.stdout })) {
    const line: Line = JSON.parse(text)
    publish(line)
  }
  if ((await ended) !== 0) throw new Error(`${script} failed`)
}
