/**
 * SWEEP: finds what a crash left between two steps and sends it on. Uploads that were never committed are sealed again,
 * sealed objects that were never committed are verified again (which commits them, or removes them when another attempt
 * won), and so are the objects of uploads that were committed and not erased; renditions and envelopes that nobody refers
 * to go after a time of grace.
 *
 * It never erases a sealed object: where the catalogue was lost, those are all there is. Nor plaintext: VERIFY does, after
 * it opened the object anew, because a catalogue row is no proof that the object still lies there.
 */
import type { Catalogue, Clock, ObjectInfo, Objects, Primitives, Secrets } from '../platform/ports.ts'
import { envelopeOf } from './envelopes.ts'
import { indexOf, VAULT_KEYS } from './source.ts'

export interface SweepPorts {
  readonly primitives: Primitives
  readonly objects: Pick<Objects, 'head' | 'versions' | 'erase'>
  readonly catalogue: Pick<Catalogue, 'bySource' | 'object'>
  readonly secrets: Pick<Secrets, 'indexKey'>
  readonly clock: Clock
  /** Sends an upload to SEAL, a sealed object to VERIFY. */
  readonly requeue: (stage: 'seal' | 'verify', info: ObjectInfo) => void | Promise<void>
}

export interface SweepReport {
  readonly resealed: number
  readonly reverified: number
  /** Renditions that no object refers to, and envelopes of objects that are gone, erased. */
  readonly orphans: number
  /** Milliseconds since the oldest plaintext that is still in intake arrived; 0 when there is none. */
  readonly oldestPlaintextMs: number
}

/** A sealing may still be at work on what is younger. */
export const ORPHAN_GRACE_MS = 24 * 3_600_000

export async function sweep(ports: SweepPorts, graceMs = ORPHAN_GRACE_MS): Promise<SweepReport> {
  const now = ports.clock.now()
  const indexKey = await ports.secrets.indexKey()
  const committed = new Set<string>()
  const report = { resealed: 0, reverified: 0, orphans: 0, oldestPlaintextMs: 0 }

  for await (const info of ports.objects.versions('intake')) {
    const { source } = indexOf(ports.primitives, indexKey, { ...info, version: info.versionId })
    report.oldestPlaintextMs = Math.max(report.oldestPlaintextMs, now - info.modified)
    const id = await ports.catalogue.bySource(source)
    const sealed = id === undefined ? undefined : await ports.objects.head('vault', VAULT_KEYS.object(id))
    if (sealed) committed.add(sealed.key)
    // Where the catalogue names what is gone, another attempt takes its place.
    await ports.requeue(sealed ? 'verify' : 'seal', sealed ?? info)
    if (!sealed) report.resealed++
  }

  report.reverified = committed.size
  const renditions = new Set<string>()
  let waiting = 0
  for await (const info of ports.objects.versions('vault', { prefix: VAULT_KEYS.object('') })) {
    const row = await ports.catalogue.object(info.key.slice(VAULT_KEYS.object('').length))
    if (row) {
      for (const { id } of row.renditions) renditions.add(id)
      continue
    }
    await ports.requeue('verify', info)
    waiting++
  }
  report.reverified += waiting
  // What isn't committed yet may refer to any of them.
  if (waiting > 0) return report
  for await (const info of ports.objects.versions('vault', { prefix: VAULT_KEYS.rendition('') })) {
    const id = info.key.slice(VAULT_KEYS.rendition('').length)
    if (renditions.has(id) || now - info.modified < graceMs) continue
    await ports.objects.erase(info)
    report.orphans++
  }
  // Of committed objects all stay, newer ones than the catalogue names too: it may be an older copy that was put back.
  for await (const info of ports.objects.versions('vault', { prefix: VAULT_KEYS.envelopes() })) {
    const id = envelopeOf(info.key)?.id ?? ''
    if (now - info.modified < graceMs || renditions.has(id) || (await ports.catalogue.object(id))) continue
    await ports.objects.erase(info)
    report.orphans++
  }
  return report
}
