/**
 * The vault's part of SWEEP, in slices: what was erased and came back, or waits to be verified, is sent on, and what nobody
 * can refer to any more goes.
 * Each judgement needs the one object that it is about: a rendition names its parent where everybody can read it.
 */
import { hex } from '../keys/encoding.ts'
import { AuthenticationFailed, Locked, type ObjectVersion } from '../platform/ports.ts'
import { readHead } from '../vault/open.ts'
import { isDue } from './due.ts'
import { envelopeOf } from './envelopes.ts'
import { VAULT_KEYS } from './source.ts'
import { storedSource } from './stored.ts'
import type { Patience, SweepPorts } from './sweep.ts'
import { rowUnder } from './tombstones.ts'
import { type Place, type Slice, walk } from './walk.ts'

const STAGES = ['tombstones', 'objects', 'renditions', 'envelopes'] as const

/** Where another slice goes on: as data, so that it can be kept between two invocations. */
export interface VaultCursor {
  readonly stage: (typeof STAGES)[number]
  readonly after?: Place | undefined
}

export interface VaultSwept {
  readonly reverified: number
  /** Due, and not sent on, because VERIFY is busy. */
  readonly held: number
  readonly orphans: number
  /** Renditions and envelopes of nobody that Object Lock keeps for now. */
  readonly locked: number
  /** When the first of them may go, in milliseconds since 1970, as far as that is known. */
  readonly lockedUntil?: number
  readonly next?: VaultCursor
}

export interface VaultOptions extends Patience, Pick<Slice, 'isOver'> {
  readonly graceMs: number
  readonly from?: VaultCursor | undefined
}

const PREFIXES = {
  tombstones: VAULT_KEYS.tombstone(''),
  objects: VAULT_KEYS.object(''),
  renditions: VAULT_KEYS.rendition(''),
  envelopes: VAULT_KEYS.envelopes(),
} as const

/** The object that a rendition says it is of; undefined when it can't be read, and is then left alone. */
async function parentOf(ports: SweepPorts, info: ObjectVersion): Promise<string | undefined> {
  try {
    const { header } = await readHead(ports.primitives, storedSource(ports.objects, info, info.size))
    return header.facts.rendition && hex(header.facts.rendition.parent)
  } catch (error) {
    if (error instanceof AuthenticationFailed) return undefined
    throw error
  }
}

/** A committed object names its renditions; one that is still to be committed may refer to any that says it is its own. */
async function isLostRendition(ports: SweepPorts, info: ObjectVersion): Promise<boolean> {
  const parent = await parentOf(ports, info)
  if (parent === undefined) return false
  const row = await ports.catalogue.object(parent)
  if (row) return row.renditions.every(({ id }) => VAULT_KEYS.rendition(id) !== info.key)
  return (await ports.objects.head('vault', VAULT_KEYS.object(parent))) === undefined
}

/** Of what is there all stay, newer ones than the catalogue names too: it may be an older copy that was put back. */
async function isLostEnvelope(ports: SweepPorts, { key }: ObjectVersion): Promise<boolean> {
  const id = envelopeOf(key)?.id ?? ''
  if (await ports.catalogue.object(id)) return false
  for (const sealed of [VAULT_KEYS.object(id), VAULT_KEYS.rendition(id)]) {
    if (await ports.objects.head('vault', sealed)) return false
  }
  return true
}

export async function sweepVault(ports: SweepPorts, options: VaultOptions): Promise<VaultSwept> {
  const { graceMs, quietMs = 0, isOver } = options
  const sinceMs = options.sinceMs?.verify ?? Number.POSITIVE_INFINITY
  const from = options.from ?? { stage: 'tombstones' }
  const now = ports.clock.now()
  const isDueNow = ({ modified }: ObjectVersion) => isDue((options.asOf ?? now) - modified, quietMs, sinceMs)
  const report: { -readonly [K in keyof Omit<VaultSwept, 'next'>]: VaultSwept[K] } = {
    reverified: 0,
    held: 0,
    orphans: 0,
    locked: 0,
  }

  const looks = {
    /** An erasure that was cut short, or a catalogue from before it. */
    async tombstones(info: ObjectVersion) {
      if (isDueNow(info) && (await rowUnder(ports.catalogue, info.key))) await send(info)
    },
    async objects(info: ObjectVersion) {
      if (!isDueNow(info)) return
      if (!(await ports.catalogue.object(info.key.slice(PREFIXES.objects.length)))) await send(info)
    },
    renditions: (info: ObjectVersion) => eraseIf(isLostRendition, info),
    envelopes: (info: ObjectVersion) => eraseIf(isLostEnvelope, info),
  }
  async function send(info: ObjectVersion): Promise<void> {
    if (ports.isBusy?.('verify')) {
      report.held++
      return
    }
    await ports.requeue('verify', info)
    report.reverified++
  }
  async function eraseIf(isLost: typeof isLostRendition, info: ObjectVersion): Promise<void> {
    if (now - info.modified < graceMs || !(await isLost(ports, info))) return
    try {
      await ports.objects.erase(info)
      report.orphans++
    } catch (error) {
      if (!(error instanceof Locked)) throw error
      report.locked++
      const { until = report.lockedUntil } = error
      if (until !== undefined) report.lockedUntil = Math.min(until, report.lockedUntil ?? until)
    }
  }

  const stages = STAGES.slice(STAGES.indexOf(from.stage))
  for (const [i, stage] of stages.entries()) {
    const slice = { isOver, after: i === 0 ? from.after : undefined }
    let looked = false
    const after = await walk(ports.objects, 'vault', PREFIXES[stage], slice, async (info) => {
      looked = true
      await looks[stage](info)
    })
    if (after !== undefined) return { ...report, next: { stage, after } }
    const following = stages[i + 1]
    if (following && looked && isOver?.()) return { ...report, next: { stage: following } }
  }
  return report
}
