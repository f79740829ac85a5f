/** Runs a benchmark in a process of its own that stays on one core unless it needs all, and passes on what it publishes. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { Publish } from './line.ts'
import { BENCHES } from './table.ts'
import { startTethered } from './tether.ts'

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))

const pair = z.tuple([z.number(), z.number()])
const line = z.object({
  ...{ bench: z.string(), metric: z.string(), value: z.number(), unit: z.string() },
  ...{ spread: pair.optional(), rounds: z.number().optional() },
  ...{ against: z.string().optional(), ratio: z.number().optional(), ratioSpread: pair.optional() },
  ...{ target: z.number().optional(), ok: z.boolean().optional() },
})

/** Arguments that keep a process on the last core it may use (the first takes most interrupts), where there is `taskset`. */
function pinned(): readonly string[] {
  const { stdout, status } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  const core = status === 0 ? /(\d+)\s*$/.exec(stdout)?.[1] : undefined
  return core === undefined ? [] : ['taskset', '-c', core]
}

/**
 * @param count how many, for those that take a number
 * @returns the exit code of the benchmark's process
 */
export async function onOneCore(name: string, count: string | undefined, publish: Publish): Promise<number> {
  const cores = BENCHES[name]?.onAllCores ? [] : pinned()
  const given = count === undefined ? [name] : [name, count]
  const [command = process.execPath, ...args] = [...cores, process.execPath, '--no-warnings', RUN, ...given]
  const { lines, ended } = startTethered(command, args)
  for await (const text of lines) publish(line.parse(JSON.parse(text)))
  return ended
}
