/**
 * The whole assessment of a 1080p photograph, against the bare cost of the parts it ran: one decode by sharp, and the
 * same inferences, on the very tensors that they were given.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { decode } from '../shared/image/decode.ts'
import { LIMITS } from '../shared/image/types.ts'
import { assess } from '../shared/sensitivity/assess.ts'
import { type LoadedModels, loadModels } from '../shared/sensitivity/models.ts'
import type { InferenceSession } from '../shared/sensitivity/runtime.ts'
import { judged, type Publish } from './line.ts'
import { interleave, summary, timesAsLong } from './rounds.ts'

const MODELS = fileURLToPath(new URL('../models/', import.meta.url))
const PICTURES = fileURLToPath(new URL('../samples/', import.meta.url))
const ROUNDS = 11
const WARM_UP = 3
/** One on which the detectors find nothing, so that every look is taken, and one full of writing. */
const SAMPLES = [
  ['a landscape', 'landscape.jpg'],
  ['a receipt', 'receipt.jpg'],
] as const

type Feeds = Parameters<InferenceSession['run']>[0]

interface Inference {
  readonly session: InferenceSession
  readonly feeds: Feeds
  readonly outputs: readonly string[]
}

/** The inferences of one assessment, in order. */
async function inferencesOf(bytes: Uint8Array, models: LoadedModels): Promise<readonly Inference[]> {
  const seen: Inference[] = []
  const noting = (session: InferenceSession): InferenceSession =>
    new Proxy(session, {
      get(target, name) {
        if (name !== 'run') return Reflect.get(target, name, target)
        return (feeds: Feeds, outputs: readonly string[]) => {
          seen.push({ session, feeds, outputs })
          return session.run(feeds, outputs)
        }
      },
    })
  const { face, text } = models.sessions
  await assess(await decode(bytes), { ...models, sessions: { face: noting(face), text: noting(text) } })
  return seen
}

export async function bench(publish: Publish): Promise<void> {
  const models = await loadModels(MODELS)
  if (!models.ok) throw new Error(models.problems.join('; '))
  for (const [what, file] of SAMPLES) {
    const bytes = await sharp(await readFile(`${PICTURES}${file}`))
      .resize(1920, 1080, { fit: 'cover' })
      .jpeg({ quality: 90 })
      .toBuffer()
    const inferences = await inferencesOf(bytes, models)
    const bareDecode = () => {
      const side = LIMITS.workingSide
      return sharp(bytes).autoOrient().resize(side, side, { fit: 'inside' }).raw().toBuffer()
    }
    const bareInferences = async () => {
      for (const { session, feeds, outputs } of inferences) await session.run(feeds, outputs)
    }
    const names = { whole: 'whole', bare: 'bare', decode: 'decode' }
    const times = await interleave(
      [
        { name: names.whole, run: async () => void (await assess(await decode(bytes), models)) },
        {
          name: names.bare,
          async run() {
            await bareDecode()
            await bareInferences()
          },
        },
        { name: names.decode, run: async () => void (await bareDecode()) },
      ],
      ROUNDS,
      WARM_UP,
    )
    const milliseconds = (name: string) => summary((times.get(name) ?? []).map((seconds) => seconds * 1000))
    const { median: value, spread } = milliseconds(names.whole)
    const { median: ratio, spread: ratioSpread } = summary(timesAsLong(times, names.whole, names.bare))
    const common = { bench: 'assess', unit: 'ms', rounds: ROUNDS }
    const against = `one decode and its ${inferences.length} inferences alone`
    const metric = `assessing ${what} of 1920 by 1080`
    publish({ ...common, metric, value, spread, against, ratio, ratioSpread, ...judged(ratio, { atMost: 1.15 }) })
    for (const [part, name] of [
      [against, names.bare],
      ['that decode', names.decode],
    ] as const) {
      const { median, spread } = milliseconds(name)
      publish({ ...common, metric: `${what}: ${part}`, value: median, spread })
    }
  }
}
