/** What a comparison found, as a page and as a plot: everything in them that is a number was measured in that run. */
import { totalmem } from 'node:os'
import type { Protection, Tier } from '../shared/policy/types.ts'
import type { Tried } from './compare-attacks.ts'
import { WAYS, type Way } from './compare-ways.ts'
import type { Summary } from './rounds.ts'

export interface Row {
  readonly name: string
  readonly bytes: number
  /** What the adaptive way decided. */
  readonly tier: Tier
  readonly protection: Omit<Protection, 'tier'>
  /** Processor time, milliseconds. */
  readonly seal: Readonly<Record<Way, Summary>>
  readonly open: Readonly<Record<Way, Summary>>
  /** Bytes of everything stored, renditions included. */
  readonly stored: Readonly<Record<Way, number>>
}

export interface Comparison {
  readonly rows: readonly Row[]
  readonly rounds: number
  readonly attacks: readonly Tried[]
}

export const TITLES: Readonly<Record<Way, string>> = {
  plain: '(a) AES-256-GCM + key service',
  hybrid: '(b) + ML-KEM, all alike',
  adaptive: '(c) adaptive',
}
const PREVIEW = { clear: 'clear', redacted: 'redacted', none: 'none' } as const
const DAY = 86_400

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const short = (value: number): string => (value >= 100 ? whole(value) : value.toPrecision(2))
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const table = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const ruled = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  table([head, head.map(() => '---'), ...rows])

function lifetime(seconds: number): string {
  return seconds >= DAY ? `${seconds / DAY} d` : `${seconds / 3_600} h`
}

/** What an argument says about the ways, where no run can. */
const PROTECTION: readonly (readonly [threat: string, plain: string, hybrid: string, adaptive: string])[] = [
  ['a copy of the store, no keys', 'yes', 'yes', 'yes'],
  [
    'the key service gives out data keys (breach, subpoena, an insider with decrypt rights)',
    '**no**',
    'yes: the ML-KEM key is elsewhere',
    'as (b)',
  ],
  ['the ML-KEM key is stolen', 'there is none', 'yes: the key service still has to agree', 'as (b)'],
  [
    'data keys recorded in classical TLS today, a quantum computer later',
    '**no**',
    'yes, for what is stored; what readers fetched over classical TLS is theirs',
    'as (b)',
  ],
  ['a quantum computer and the store alone', 'yes: AES-256, and the key service wraps symmetrically', 'yes', 'yes'],
  [
    'names and findings beside the ciphertext',
    'not its business: the name is the key it is stored under',
    'sealed, padded to 4 KiB',
    'sealed; **the tier is in the clear and says a little**',
  ],
  [
    'another object put in its place',
    '**no**, unless the context names each object',
    'yes, for readers who come by the catalogue',
    'as (b)',
  ],
  ['a range read without reading all', 'no: one tag for all', 'each 16 KiB checked by itself', 'as (b)'],
  [
    'over-sharing: a long, often usable link to something sensitive',
    'one limit for all',
    'one limit for all: too strict for landscapes or too loose for passports',
    'limits follow what it shows; **what the detectors miss gets loose ones**',
  ],
  [
    'a preview that shows a face',
    'whoever makes previews decides',
    'none are made',
    'made at sealing, painted over or left out, sealed like the picture',
  ],
  [
    'hostile image files',
    'nothing is decoded: nothing can be attacked',
    'as (a)',
    '**a decoder runs**, in a process without keys that is ended when it takes too much',
  ],
  ['who holds store and keys', '**no**', '**no**', '**no**'],
]

function summaries({ rows }: Comparison): string {
  const total = (of: (row: Row) => number) => rows.map(of).reduce((a, b) => a + b, 0)
  const line = (what: string, of: (way: Way) => string) => [what, ...WAYS.map(of)]
  return ruled(
    ['median over the pictures', ...WAYS.map((way) => TITLES[way])],
    [
      line('sealing, ms of processor time', (way) => short(median(rows.map(({ seal }) => seal[way].median)))),
      line('opening, ms of processor time', (way) => short(median(rows.map(({ open }) => open[way].median)))),
      line('bytes added to a picture', (way) => whole(median(rows.map(({ stored, bytes }) => stored[way] - bytes)))),
      line('all pictures, stored / original', (way) =>
        (total(({ stored }) => stored[way]) / total(({ bytes }) => bytes)).toFixed(3),
      ),
      line('calls to the key service, sealing one', (way) => (way === 'adaptive' ? '1, or 3 with renditions' : '1')),
      line('different protections given', (way) =>
        way === 'adaptive' ? String(new Set(rows.map(({ tier }) => tier)).size) : '1',
      ),
    ],
  )
}

function decisions({ rows }: Comparison): string {
  return ruled(
    [
      'picture',
      'KiB',
      'tier by (c)',
      'ML-KEM',
      'preview',
      'a link lives',
      'and opens',
      'seal a / b / c, ms',
      'added a / b / c, bytes',
    ],
    rows.map(({ name, bytes, tier, protection: { kem, preview, link }, seal, stored }) => [
      ...[name, whole(bytes / 1024), tier, String(kem), PREVIEW[preview]],
      ...[lifetime(link.maxTtlSeconds), whole(link.maxUses)],
      WAYS.map((way) => short(seal[way].median)).join(' / '),
      WAYS.map((way) => whole(stored[way] - bytes)).join(' / '),
    ]),
  )
}

/** docs/COMPARE.md. */
export function markdownOf(found: Comparison, date: Date): string {
  const machine = `2 shared cores, ${whole(totalmem() / 2 ** 30)} GiB, Linux on x64, Node ${process.versions.node}`
  const held = (succeeded: boolean, failsFor?: string) =>
    succeeded ? '**succeeds**' : failsFor === undefined ? 'fails' : `fails for ${failsFor}`
  return `# Three ways to keep a picture

Does looking at a picture before encrypting it buy anything over encrypting all alike, and does post-quantum wrapping buy anything over a key service? Three ways, the same ${found.rows.length} pictures (the samples and the test fixtures), answered by running
\`node bench/compare.ts\`, which writes this page; \`safelight bench compare\` prints the numbers, \`node bench/compare.ts FOLDER\` takes pictures of yours.

- **(a)** AES-256-GCM over the file, under a data key that a key service made and wrapped, bound to the bucket. What S3 does by default, done by hand.
- **(b)** our format: the same AES in checked chunks, its key under ML-KEM-1024 *and* the key service together, sealed metadata. One tier for all, nothing looked at.
- **(c)** the whole pipeline: looked at, assessed, tier and protection decided, renditions made and sealed too.

${date.toISOString().slice(0, 10)}, ${machine}. Medians of ${found.rounds} interleaved rounds, processor time; key service and store in memory, so **a real key service adds a round trip over the network for each call, to every way**.

${summaries(found)}

![Processor time of sealing each picture in the three ways, on a logarithmic scale, and what the adaptive way decided](compare.svg)

## Tried

Run against objects that the three ways made in this run; the owner opens each of them.

${ruled(
  ['somebody tries to', ...WAYS.map((way) => TITLES[way])],
  found.attacks.map(({ attack, succeeded, failsFor }) => [
    attack,
    ...WAYS.map((way) => held(succeeded[way], failsFor)),
  ]),
)}

## Argued

What no short run can show. "Yes": it protects.

${ruled(['against', ...WAYS.map((way) => TITLES[way])], PROTECTION)}

## What to make of it

- **(a) is enough** when every picture deserves the same, the people who may call the key service are the people who may see the pictures, connections to it are hybrid or nobody records them for decades, and links are somebody else's business. It is the simplest and the cheapest, and no decoder ever runs.
- **(b) is enough** when the key service alone should not be able to open anything, or recordings of today matter later, and one strict setting for all is bearable. It costs ML-KEM and a header: milliseconds and kilobytes.
- **(c)** pays for decoding and detectors at sealing, once; opening costs what (b) costs. What it buys is not stronger encryption: ML-KEM-768 for a landscape and -1024 for a passport are both far out of reach. It buys previews that hide what they should, and links that are strict where it matters and
  convenient where it doesn't. That is worth as much as the detectors are right: see [models/README.md](../models/README.md) for how often they aren't.
- The chaotic permutation is part of (b) and (c), and carries nothing: [THREATS.md](THREATS.md).

## Each picture

${decisions(found)}
`
}

const COLOURS: Readonly<Record<Way, string>> = { plain: '#8a8f98', hybrid: '#3b7dd8', adaptive: '#c8553d' }
const TIER_COLOURS: Readonly<Record<Tier, string>> = {
  public: '#3d8b5f',
  internal: '#7a7f2e',
  confidential: '#b87514',
  restricted: '#b3372f',
}
const PLOT = { left: 150, right: 120, top: 64, row: 30, width: 860 } as const

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** docs/compare.svg: a row a picture, a dot a way, its spread as a line, on a logarithmic scale. */
export function svgOf({ rows }: Comparison): string {
  const times = rows.flatMap(({ seal }) => WAYS.flatMap((way) => [...seal[way].spread, seal[way].median]))
  const low = Math.floor(Math.log10(Math.max(0.001, Math.min(...times))))
  const high = Math.ceil(Math.log10(Math.max(...times)))
  const inner = PLOT.width - PLOT.left - PLOT.right
  const x = (ms: number) => (PLOT.left + (inner * (Math.log10(Math.max(ms, 0.001)) - low)) / (high - low)).toFixed(1)
  const bottom = PLOT.top + rows.length * PLOT.row
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
  const text = (at: number | string, y: number, words: string, more = '') =>
    `<text x="${at}" y="${y}" ${more}>${escaped(words)}</text>`
  const grid = decades.map(
    (ms) =>
      `<line x1="${x(ms)}" y1="${PLOT.top - 8}" x2="${x(ms)}" y2="${bottom}" stroke="#d5d8dc"/>` +
      text(x(ms), bottom + 18, `${ms} ms`, 'text-anchor="middle" fill="#555"'),
  )
  const legend = WAYS.map((way, i) => {
    const at = PLOT.left + i * 230
    return `<circle cx="${at}" cy="36" r="5" fill="${COLOURS[way]}"/>${text(at + 10, 40, TITLES[way])}`
  })
  const lines = rows.map(({ name, seal, tier }, i) => {
    const y = PLOT.top + i * PLOT.row + PLOT.row / 2
    const dots = WAYS.map((way) => {
      const { median, spread } = seal[way]
      return (
        `<line x1="${x(spread[0])}" y1="${y}" x2="${x(spread[1])}" y2="${y}" stroke="${COLOURS[way]}" stroke-width="3" opacity=".45"/>` +
        `<circle cx="${x(median)}" cy="${y}" r="5" fill="${COLOURS[way]}"/>`
      )
    })
    return (
      text(PLOT.left - 12, y + 4, name, 'text-anchor="end"') +
      dots.join('') +
      text(PLOT.width - PLOT.right + 14, y + 4, tier, `fill="${TIER_COLOURS[tier]}" font-weight="600"`)
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PLOT.width} ${bottom + 32}" font-family="system-ui, sans-serif" font-size="12">
<title>Processor time of sealing, three ways</title>
<rect width="100%" height="100%" fill="#fff"/>
${text(PLOT.left, 16, 'Processor time of sealing, and the tier that the adaptive way chose', 'font-size="14" font-weight="600"')}
${[...legend, ...grid, ...lines].join('\n')}
</svg>
`
}
