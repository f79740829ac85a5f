/**
 * The question this project began with, answered by running: what do AES-GCM with a key service, a post-quantum hybrid, and
 * the adaptive pipeline cost, keep and decide, on the same pictures? `safelight bench compare` prints it;
 * `node bench/compare.ts` also writes docs/COMPARE.md and its plot, `node bench/compare.ts FOLDER` takes other pictures and only prints.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultPolicy } from '../shared/policy/policy.ts'
import { loadModels } from '../shared/sensitivity/models.ts'
import { attacks } from './compare-attacks.ts'
import { type Comparison, markdownOf, type Row, svgOf } from './compare-report.ts'
import { type Kept, keepers, newKeys, WAYS, type Way } from './compare-ways.ts'
import { type Publish, textOf } from './line.ts'
import { interleave, summary } from './rounds.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const FOLDERS = ['samples', join('test', 'fixtures', 'pictures')]
const PICTURE = /\.(jpe?g|png|webp|avif|gif|tiff?|dcm|svg)$/i
const ROUNDS = 7
const WARM_UP = 1

interface Picture {
  readonly name: string
  readonly bytes: Uint8Array
}

async function picturesIn(folder: string): Promise<Picture[]> {
  const names = (await readdir(folder)).filter((name) => PICTURE.test(name)).sort()
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })))
}

const sizeOf = ({ stored }: Kept): number => stored.reduce((sum, { length }) => sum + length, 0)

/** @throws Error where something does not open to the exact bytes: then its time means nothing */
export async function compare(pictures: readonly Picture[], rounds = ROUNDS): Promise<Comparison> {
  const models = await loadModels(join(ROOT, 'models'))
  if (!models.ok) throw new Error(models.problems.join('; '))
  const [first, second] = pictures
  if (!first || !second) throw new Error('at least two pictures are compared')
  const ways = keepers(newKeys(), models)
  const kept = new Map<string, Kept>()
  const contestants = pictures.flatMap(({ name, bytes }) =>
    WAYS.flatMap((way) => {
      const id = `${way} ${name}`
      return [{ name: `seal ${id}`, run: async () => void kept.set(id, await ways[way].seal(bytes, name)) }]
    }),
  )
  const sealing = await interleave(contestants, rounds, WARM_UP)
  const opening = await interleave(
    pictures.flatMap(({ name, bytes }) =>
      WAYS.map((way) => ({
        name: `open ${way} ${name}`,
        async run() {
          const found = kept.get(`${way} ${name}`)
          if (!found || !Buffer.from(await ways[way].open(found)).equals(bytes)) throw new Error(`${way} lost ${name}`)
        },
      })),
    ),
    rounds,
    WARM_UP,
  )
  const milliseconds = (times: typeof sealing, name: string) => summary((times.get(name) ?? []).map((s) => s * 1000))
  const rows = pictures.map(({ name, bytes }): Row => {
    const of = <T>(make: (way: Way) => T): Record<Way, T> => ({
      plain: make('plain'),
      hybrid: make('hybrid'),
      adaptive: make('adaptive'),
    })
    const tier = kept.get(`adaptive ${name}`)?.tier ?? 'restricted'
    return {
      ...{ name, bytes: bytes.length, tier, protection: defaultPolicy.protections[tier] },
      seal: of((way) => milliseconds(sealing, `seal ${way} ${name}`)),
      open: of((way) => milliseconds(opening, `open ${way} ${name}`)),
      stored: of((way) => sizeOf(kept.get(`${way} ${name}`) ?? { stored: [] })),
    }
  })
  return { rows, rounds, attacks: await attacks(models, first.bytes, second.bytes) }
}

function publishAll({ rows, rounds, attacks }: Comparison, publish: Publish): void {
  const common = { bench: 'compare', rounds }
  for (const { name, seal, stored, bytes } of rows) {
    for (const way of WAYS) {
      const { median: value, spread } = seal[way]
      publish({ ...common, metric: `sealing ${name}, ${way}`, value, unit: 'ms', spread })
      publish({ ...common, metric: `added to ${name}, ${way}`, value: stored[way] - bytes, unit: 'bytes' })
    }
  }
  for (const { attack, succeeded } of attacks) {
    for (const way of WAYS) {
      publish({ bench: 'compare', metric: `${attack}, ${way}: succeeded`, value: succeeded[way] ? 1 : 0, unit: 'of 1' })
    }
  }
}

async function bundled(): Promise<Picture[]> {
  return (await Promise.all(FOLDERS.map((folder) => picturesIn(join(ROOT, folder))))).flat()
}

export async function bench(publish: Publish): Promise<void> {
  publishAll(await compare(await bundled()), publish)
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  const pictures = folder === undefined ? await bundled() : await picturesIn(folder)
  const found = await compare(pictures)
  publishAll(found, (line) => console.log(textOf(line)))
  if (folder === undefined) {
    const docs = join(ROOT, 'docs')
    await writeFile(join(docs, 'COMPARE.md'), markdownOf(found, new Date()))
    await writeFile(join(docs, 'compare.svg'), svgOf(found))
    console.log(`written: ${['COMPARE.md', 'compare.svg'].map((file) => join(basename(docs), file)).join(', ')}`)
  }
}
