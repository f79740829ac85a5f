/**
 * SWEEP: finds what a crash left between two steps and sends it on. Uploads that were never committed are sealed again,
 * sealed objects that were never committed are verified again (which commits them, or removes them when another attempt
 * won), and so are the objects of uploads that were committed and not erased; renditions and envelopes that nobody refers
 * to go after a time of grace (sweepVault.ts). An upload of which several attempts didn't verify stays as it is (refusals.ts).
 *
 * It never erases a sealed object: where the catalogue was lost, those are all there is. Nor plaintext: VERIFY does, after
 * it opened the object anew, because a catalogue row is no proof that the object still lies there.
 */
import type { Catalogue, Clock, Objects, ObjectVersion, Primitives, Secrets } from '../platform/ports.ts'
import { isDue } from './due.ts'
import { MOST_REFUSED } from './refusals.ts'
import { indexOf, uploadIdOf, VAULT_KEYS, versionIdOf } from './source.ts'
import { sweepVault } from './sweepVault.ts'
import { type Place, type Slice, walk } from './walk.ts'

export type Stage = 'seal' | 'verify'

export interface SweepPorts {
  readonly primitives: Primitives
  readonly objects: Pick<Objects, 'head' | 'get' | 'versions' | 'erase'>
  readonly catalogue: Pick<Catalogue, 'bySource' | 'object' | 'refused'>
  readonly secrets: Pick<Secrets, 'indexKey'>
  readonly clock: Clock
  /** Sends an upload to SEAL, a sealed object to VERIFY. */
  readonly requeue: (stage: Stage, info: ObjectVersion) => void | Promise<void>
  /** Whether that stage has so much to do that nothing more is sent to it now. */
  readonly isBusy?: (stage: Stage) => boolean
  /** Told of each upload (as events call it) that is due and sealed no more, because no attempt verified. */
  readonly onGivenUp?: (upload: string) => void
}

/** Which of what waits is sent on: all of it, unless told. */
export interface Patience {
  /** Milliseconds; something may still be at work on what is younger. */
  readonly quietMs?: number
  /** Milliseconds since the last sweep that sent on what was due then, to each stage. */
  readonly sinceMs?: Partial<Readonly<Record<Stage, number>>>
  /** When what is due is due, in milliseconds since 1970: now, unless told. */
  readonly asOf?: number
}

export interface IntakeSwept {
  readonly resealed: number
  readonly reverified: number
  /** Due, and sealed no more: several attempts didn't verify. */
  readonly givenUp: number
  /** Due, and not sent on, because its stage is busy. */
  readonly held: Readonly<Record<Stage, number>>
  /** When the oldest plaintext that is still in intake arrived, as far as was looked; undefined when there is none. */
  readonly oldest?: number
  /** Where another slice goes on; undefined when all was looked at. */
  readonly next?: Place
}

export interface SweepReport {
  readonly resealed: number
  readonly reverified: number
  readonly givenUp: number
  /** Renditions that no object refers to, and envelopes of objects that are gone, erased. */
  readonly orphans: number
  /** Of those, how many Object Lock keeps for now. */
  readonly locked: number
  /** Milliseconds since the oldest plaintext that is still in intake arrived; 0 when there is none. */
  readonly oldestPlaintextMs: number
}

/** A sealing may still be at work on what is younger. */
export const ORPHAN_GRACE_MS = 24 * 3_600_000

/** What lies in intake, in slices. */
export async function sweepIntake(ports: SweepPorts, options: Patience & Slice = {}): Promise<IntakeSwept> {
  const { quietMs = 0, sinceMs = {}, asOf = ports.clock.now() } = options
  const indexKey = await ports.secrets.indexKey()
  const verified = new Set<string>()
  const held = { seal: 0, verify: 0 }
  let [resealed, givenUp] = [0, 0]
  let oldest: number | undefined

  const next = await walk(ports.objects, 'intake', '', options, async (info) => {
    oldest = Math.min(oldest ?? info.modified, info.modified)
    const isDueFor = (stage: Stage) => isDue(asOf - info.modified, quietMs, sinceMs[stage] ?? Number.POSITIVE_INFINITY)
    if (!isDueFor('seal') && !isDueFor('verify')) return
    const version = { ...info, version: info.versionId }
    const { source } = indexOf(ports.primitives, indexKey, version)
    const id = await ports.catalogue.bySource(source)
    const sealed = id === undefined ? undefined : await ports.objects.head('vault', VAULT_KEYS.object(id))
    const stage = sealed ? 'verify' : 'seal'
    if (!isDueFor(stage)) return
    if (ports.isBusy?.(stage)) held[stage]++
    else if (sealed) {
      verified.add(sealed.key)
      await ports.requeue('verify', sealed)
    } else if ((await ports.catalogue.refused(versionIdOf(ports.primitives, version))) >= MOST_REFUSED) {
      givenUp++
      ports.onGivenUp?.(uploadIdOf(ports.primitives, version))
    } else {
      // Also where the catalogue names what is gone: another attempt takes its place.
      await ports.requeue('seal', info)
      resealed++
    }
  })
  const about = { resealed, reverified: verified.size, givenUp, held }
  return { ...about, ...(oldest !== undefined && { oldest }), ...(next !== undefined && { next }) }
}

/** All of it at once. */
export async function sweep(ports: SweepPorts, graceMs = ORPHAN_GRACE_MS): Promise<SweepReport> {
  const now = ports.clock.now()
  const intake = await sweepIntake(ports)
  const vault = await sweepVault(ports, { graceMs })
  return {
    resealed: intake.resealed,
    reverified: intake.reverified + vault.reverified,
    givenUp: intake.givenUp,
    orphans: vault.orphans,
    locked: vault.locked,
    oldestPlaintextMs: intake.oldest === undefined ? 0 : Math.max(0, now - intake.oldest),
  }
}
