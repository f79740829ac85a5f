// 100,000 seeded mutations of sealed objects, newer envelopes and link tokens: each refused by the one message, none hangs or crashes.
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Share, Tally } from '../fuzz/attacker.ts'
import { check, finish } from './report.ts'

const THREADS = 2
/** The slowest takes tens of milliseconds. */
const HANGS_AFTER_MS = 30_000

const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } })
const runs = Number(values.runs ?? 100_000)
const seed = Number(values.seed ?? 1)

/** Undefined where the thread crashed or hung, which is told. */
function share(first: number): Promise<Tally | undefined> {
  const at = new SharedArrayBuffer(4)
  const now = new Int32Array(at)
  const workerData: Share = { seed, first, step: THREADS, runs, at }
  const worker = new Worker(new URL('../fuzz/attacker.ts', import.meta.url), { workerData })
  return new Promise((resolve) => {
    let seen = -1
    let ended = false
    // From outside: a thread that hangs can't tell.
    const watch = setInterval(() => {
      const run = Atomics.load(now, 0)
      if (run === seen) end(`mutation ${run} hangs`)
      seen = run
    }, HANGS_AFTER_MS)
    function end(problem: string | undefined, tally?: Tally): void {
      // Ending a thread makes it exit.
      if (ended) return
      ended = true
      clearInterval(watch)
      if (problem) check(`thread ${first} reaches its end`, false, problem)
      worker.terminate().then(() => resolve(tally))
    }
    worker.once('message', (tally: Tally) => end(undefined, tally))
    worker.once('error', (error) => end(`mutation ${Atomics.load(now, 0)} crashes: ${error.message}`))
    worker.once('exit', (code) => end(code === 0 ? undefined : `mutation ${Atomics.load(now, 0)} ends the thread`))
  })
}

const tallies = await Promise.all(Array.from({ length: THREADS }, (_, first) => share(first)))
const counts = new Map<string, number>()
for (const [what, count] of tallies.flatMap((tally) => Object.entries(tally?.counts ?? {}))) {
  counts.set(what, (counts.get(what) ?? 0) + count)
}
const of = (what: string) => counts.get(what) ?? 0
const bad = tallies.flatMap((tally) => tally?.bad ?? [])
for (const { run, target, kind, outcome, detail } of bad.slice(0, 20)) {
  console.log(`mutation ${run} (${target}, ${kind}): ${outcome}: ${detail}`)
}
let made = 0
for (const target of ['object', 'envelope', 'token']) {
  const [refused, identical] = [of(`${target} refused`), of(`${target} identical`)]
  const wrong = of(`${target} accepted`) + of(`${target} error`)
  const kinds = [...counts].filter(([what]) => what.startsWith(`${target} by `))
  made += refused + identical + wrong
  check(
    `every changed ${target} is refused`,
    wrong === 0 && refused > runs / 20,
    `${refused} refused, ${identical} identical to an authentic one, ${wrong} accepted or another error (${kinds
      .map(([what, count]) => `${what.slice(target.length + 4)} ${count}`)
      .sort()
      .join(', ')})`,
  )
}
check(`${runs} mutations of seed ${seed} were made, none crashed or hung`, made === runs, `${made}`)
finish()
