/**
 * Benchmarks against an AWS emulator. They stand among the tests, which know how to start and deploy to one; here they
 * are run in a process of their own, and their lines are passed on.
 */
import { join } from 'node:path'
import type { Line, Publish } from './line.ts'
import { startTethered } from './tether.ts'

const ROOT = join(import.meta.dirname, '..')

/** @param script below test/aws. @throws Error where it failed, after all that it published */
export async function emulated(script: string, args: readonly string[], publish: Publish): Promise<void> {
  const { lines, ended } = startTethered(process.execPath, [
    ...['--no-warnings', join(ROOT, 'test', 'aws', script)],
    ...args,
  ])
  for await (const text of lines) {
    const line: Line = JSON.parse(text)
    publish(line)
  }
  if ((await ended) !== 0) throw new Error(`${script} failed`)
}
