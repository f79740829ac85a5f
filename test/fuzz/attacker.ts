/** A thread of `npm run prove -- mutations`: makes its share of the mutations, and says which one it is at. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { attack, type Verdict } from './attack.ts'

export interface Share {
  readonly seed: number
  readonly first: number
  readonly step: number
  readonly runs: number
  /** One 32-bit word: the number of the mutation at hand, so that one that hangs is known from outside. */
  readonly at: SharedArrayBuffer
}

export interface Tally {
  /** How many by `target outcome` and by `target kind`. */
  readonly counts: Readonly<Record<string, number>>
  /** Those that were neither refused nor identical. */
  readonly bad: readonly (Verdict & { readonly run: number })[]
}

/** What a mutant left running shows itself within these. */
const PAUSE_EVERY = 50
const LINGER_MS = 200

async function work({ seed, first, step, runs, at }: Share): Promise<Tally> {
  const now = new Int32Array(at)
  const counts: Record<string, number> = {}
  const bad: (Verdict & { run: number })[] = []
  for (let run = first; run < runs; run += step) {
    Atomics.store(now, 0, run)
    if (run % PAUSE_EVERY < step) await setImmediate()
    const verdict = await attack(seed, run)
    for (const what of [`${verdict.target} ${verdict.outcome}`, `${verdict.target} by ${verdict.kind}`]) {
      counts[what] = (counts[what] ?? 0) + 1
    }
    if (verdict.outcome === 'accepted' || verdict.outcome === 'error') bad.push({ ...verdict, run })
  }
  await setTimeout(LINGER_MS)
  return { counts, bad }
}

if (parentPort) parentPort.postMessage(await work(workerData))
