// The deployed stack under load: how fast it takes pictures in, what it asks of AWS for each, and whether any is lost.
import { availableParallelism } from 'node:os'
import { judged, type Line } from '../../bench/line.ts'
import { inRandomOrder, summary, timesAsFast } from '../../bench/rounds.ts'
import { endWithParent } from '../../bench/tether.ts'
import { openIndexKey } from '../../shared/platform/aws/secrets.ts'
import { ministackOfBench } from './bench-emulator.ts'
import { deployed } from './deployed.ts'
import { accountOf } from './load/account.ts'
import { assessed } from './load/assessed.ts'
import type { Sizes } from './load/barely.ts'
import { type Counts, countCalls, difference } from './load/counting.ts'
import { bear } from './load/load.ts'
import { barely, sealWithAnswers } from './load/packages.ts'
import { openPairs, type Pair } from './load/pairs.ts'
import { drawPictures } from './load/pictures.ts'

endWithParent()
const pictures = Number(process.argv[2] ?? 2_000)
/** A turn is one of each. */
const KINDS = 20
const ROUNDS = 3
const ARCHIVED = 5
const LEAST = 0.8
const cores = availableParallelism()

function publish(line: Omit<Line, 'bench'>): void {
  process.stdout.write(`${JSON.stringify({ bench: 'aws', ...line })}\n`)
}

const drawn = await drawPictures(KINDS)
const { assessments, seconds: modelSeconds } = await assessed(drawn)
publish({
  metric: `detectors, processor time of one process; ${cores} cores here`,
  value: modelSeconds,
  unit: 's a picture',
})

await using emulator = await ministackOfBench()
await using proxy = await countCalls(emulator.endpoint)
// As many processes of each function as there are cores, so that none waits for its neighbour; the least is two.
const on = await deployed(emulator, { flags: { concurrency: Math.max(2, cores) } })
await on.safelight('keys', 'init')
const indexKey = await openIndexKey(on.outputs.IndexSecretName).indexKey()
const pairs = await openPairs(on, drawn)

/** What AWS was asked for by these pictures. */
async function callsOf(
  pair: Pair,
  of: readonly Buffer[],
): Promise<{ readonly calls: Counts; readonly sizes: readonly Sizes[] }> {
  await pairs.through(pair, proxy.endpoint)
  await pairs.use(pair)
  proxy.taken()
  const { uploads } = await pairs.run(of)
  await pairs.settled()
  const calls = proxy.taken()
  await pairs.through(pair, undefined)
  const { rows } = await accountOf(on.stack, indexKey, uploads)
  const sizes = [...rows].sort(([a], [b]) => a.number - b.number)
  return {
    calls,
    sizes: sizes.map(([, { size, renditions }]) => ({ object: size, renditions: renditions.map((one) => one.size) })),
  }
}

const whole = await callsOf(pairs.deployed, drawn)
const withBoth = drawn.filter((_, i) => whole.sizes[i]?.renditions.length === 2)
for (const [call, count] of [...(await callsOf(pairs.deployed, withBoth)).calls].sort(([a], [b]) =>
  a.localeCompare(b),
)) {
  publish({
    metric: `calls of ${call}, for a picture with both renditions`,
    value: count / withBoth.length,
    unit: 'calls',
  })
}
const answered = await pairs.make('answered', { seal: await sealWithAnswers(assessments) })
const bare = await pairs.make('bare', {
  seal: await barely('seal', whole.sizes),
  verify: await barely('verify', whole.sizes),
})
for (const [name, pair] of Object.entries({ 'without detectors': answered, 'of the pair': bare })) {
  const differing = difference(whole.calls, (await callsOf(pair, drawn)).calls)
  publish({ metric: `calls ${name} that differ`, value: differing, unit: 'calls', ...judged(differing, { atMost: 0 }) })
}

const contestants = { bare, answered, whole: pairs.deployed }
const times = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, pair] of inRandomOrder(Object.entries(contestants))) {
    await pairs.use(pair)
    times.get(name)?.push((await pairs.run(drawn)).seconds / KINDS)
  }
}

function rate(
  metric: string,
  name: string,
  against?: { readonly name: string; readonly seconds: readonly number[] },
): void {
  const rates = summary((times.get(name) ?? []).map((seconds) => 1 / seconds))
  const line = { metric, value: rates.median, unit: 'pictures/s', spread: rates.spread, rounds: ROUNDS }
  if (!against) {
    publish(line)
    return
  }
  const { median, spread } = summary(timesAsFast(new Map([...times, ['other', against.seconds]]), name, 'other'))
  publish({ ...line, against: against.name, ratio: median, ratioSpread: spread, ...judged(median, { atLeast: LEAST }) })
}

const withDetectors = (name: string) => (times.get(name) ?? []).map((seconds) => seconds + modelSeconds / cores)
rate('a pair that makes the same calls and nothing else', 'bare')
rate('sealed and verified, detectors left out', 'answered', { name: 'the pair', seconds: times.get('bare') ?? [] })
rate('sealed and verified, with detectors', 'whole', {
  name: 'the pair and the detectors on all cores',
  seconds: withDetectors('bare'),
})
rate('the same', 'whole', {
  name: 'ours without detectors, and the detectors on all cores',
  seconds: withDetectors('answered'),
})

await pairs.use(pairs.deployed)
const outcome = await bear(on, drawn, { pictures, archived: ARCHIVED })
const { committed, lost, twice, unnamed, wrong, poisonGivenUp, poisonKept, redriven, seconds } = outcome
function told(metric: string, value: number, target: Parameters<typeof judged>[1]): void {
  publish({ metric, value, unit: 'pictures', ...judged(value, target) })
}
publish({
  metric: `${pictures} pictures of mixed sizes, uploads included`,
  value: pictures / seconds,
  unit: 'pictures/s',
})
told('committed', committed, { atLeast: pictures })
told('lost', lost, { atMost: 0 })
told('committed twice', twice, { atMost: 0 })
told('sealed and named by no row', unnamed, { atMost: 0 })
told('opened to other bytes, of 6', wrong, { atMost: 0 })
told('that can not be read, in the dead-letter queue', poisonGivenUp, { atLeast: ARCHIVED })
told('that can not be read, still in intake', poisonKept, { atLeast: ARCHIVED })
told('committed by redrive, once restored', redriven, { atLeast: ARCHIVED })
