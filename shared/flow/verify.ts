/**
 * VERIFY: opens what SEAL stored with the real keys, compares it with the pinned intake version, commits it, and only then
 * erases the plaintext. It has no decoder and no address that anybody could call. A wrongly pinned public key, a bug in
 * sealing, a disk that lies: all of them end here, with the upload still in intake.
 */
import { equal } from '../keys/encoding.ts'
import {
  AuthenticationFailed,
  type Catalogue,
  type Clock,
  type Events,
  type ObjectInfo,
  ObjectMissing,
  type ObjectRef,
  type ObjectRow,
  type Objects,
  type RenditionRow,
  type Secrets,
  type StepEvent,
  Unavailable,
} from '../platform/ports.ts'
import type { Source } from '../vault/metadata.ts'
import type { OpenedObject } from '../vault/open.ts'
import { countRefused } from './refusals.ts'
import { indexOf, uploadIdOf, VAULT_KEYS } from './source.ts'
import type { OpenPorts } from './stored.ts'
import { isErased, isTombstone, rowUnder } from './tombstones.ts'
import { eraseLeft, isUnversioned, type Left, leftOf } from './upload.ts'
import { openWhole, renditionOf, type Whole } from './whole.ts'

export interface VerifyPorts extends OpenPorts {
  readonly objects: Pick<Objects, 'head' | 'get' | 'erase'>
  readonly catalogue: Pick<Catalogue, 'commit' | 'bySource' | 'object' | 'wasForgotten' | 'forget' | 'refuse'>
  readonly secrets: Pick<Secrets, 'indexKey'>
  readonly events: Events
  readonly clock: Clock
}

/** The stored object isn't what was uploaded, or doesn't open. Nothing was erased. */
export class VerificationFailed extends Error {
  override readonly name = 'VerificationFailed'
  readonly reason:
    | 'does-not-open'
    | 'differs-from-upload'
    /** Two uploads had one name and, without versioning, one version; one of them is sealed. */
    | 'version-reused'
    | 'no-source'
    | 'rendition-wrong'
    | 'created-in-the-future'
  constructor(reason: VerificationFailed['reason']) {
    super(`verification failed: ${reason}`)
    this.reason = reason
  }
}

/** How far the sealer's clock may be ahead of ours. */
const CLOCK_TOLERANCE_MS = 24 * 3_600_000

export type VerifyOutcome =
  | { readonly outcome: 'gone' }
  /** Renditions are verified with the object that they are of; so are the envelopes beside it. */
  | { readonly outcome: 'rendition' }
  | { readonly outcome: 'committed'; readonly objectId: string }
  /** Another attempt at the same upload was committed first; this one was removed. */
  | { readonly outcome: 'superseded'; readonly winner: string }
  /** Its owner deleted this object, or what the same upload was committed as: it went, too. */
  | { readonly outcome: 'deleted' }

/** @throws VerificationFailed when it doesn't open */
async function openMain(ports: VerifyPorts, info: ObjectInfo): Promise<Whole> {
  try {
    return await openWhole(ports, info)
  } catch (error) {
    throw error instanceof AuthenticationFailed ? new VerificationFailed('does-not-open') : error
  }
}

async function verifyRenditions(ports: VerifyPorts, opened: OpenedObject): Promise<RenditionRow[]> {
  const rows: RenditionRow[] = []
  for (const listed of opened.metadata.renditions ?? []) {
    const row = await renditionOf(ports, opened, listed)
    if (!row) throw new VerificationFailed('rendition-wrong')
    rows.push(row)
  }
  return rows
}

/** A row is no proof that its object still lies there. */
async function stands(ports: VerifyPorts, id: string): Promise<boolean> {
  const row = await ports.catalogue.object(id)
  if (!row) return false
  return (await ports.objects.head('vault', VAULT_KEYS.object(id), row.versionId)) !== undefined
}

function refOf(source: Source): ObjectRef {
  if (source.bucket !== 'intake') throw new VerificationFailed('no-source')
  return { bucket: source.bucket, key: source.key, versionId: source.version }
}

/**
 * What of the upload goes with an attempt that lost: the version with which the winner was compared, unless it may have been
 * another one by then. Where its owner deleted what won, nobody can tell any more.
 * @throws VerificationFailed when what lies there, or was sealed here, isn't what won; Unavailable
 */
async function leftToGo(ports: VerifyPorts, upload: ObjectRef, lost: OpenedObject, winner?: string): Promise<Left> {
  if (!isUnversioned(upload)) return { is: 'sealed', ref: upload }
  const won = winner === undefined ? undefined : await openCommitted(ports, winner)
  const left = await leftOf(ports, upload, won ?? lost)
  const isAnother = won ? left.is === 'other' || !equal(won.metadata.sha256, lost.metadata.sha256) : left.is !== 'gone'
  if (isAnother) throw new VerificationFailed('version-reused')
  return left
}

async function openCommitted(ports: VerifyPorts, id: string): Promise<OpenedObject> {
  const row = await ports.catalogue.object(id)
  const info = row && (await ports.objects.head('vault', VAULT_KEYS.object(id), row.versionId))
  if (!info) throw new ObjectMissing()
  return (await openMain(ports, info)).opened
}

/**
 * Removes an attempt that lost. Itself first: killed midway it leaves renditions that nobody refers to, which SWEEP takes,
 * and not an object that can never be verified. Then what is left of the upload.
 */
async function giveWay(ports: VerifyPorts, ref: ObjectRef, opened: OpenedObject, left: Left): Promise<void> {
  await ports.objects.erase(ref)
  for (const listed of opened.metadata.renditions ?? []) {
    const row = await renditionOf(ports, opened, listed)
    if (row) await ports.objects.erase({ bucket: 'vault', key: VAULT_KEYS.rendition(row.id), versionId: row.versionId })
  }
  await eraseLeft(ports, left)
}

/**
 * An erasure that was cut short, or that a catalogue from before it doesn't know of: what the row names goes, then the row.
 * Envelopes beside it are nobody's then, and SWEEP takes them.
 */
async function eraseAgain(ports: VerifyPorts, row: ObjectRow): Promise<VerifyOutcome> {
  const sealed = [
    ...row.renditions.map(({ id, versionId }) => ({ key: VAULT_KEYS.rendition(id), versionId })),
    { key: VAULT_KEYS.object(row.id), versionId: row.versionId },
  ]
  for (const ref of sealed) await ports.objects.erase({ bucket: 'vault', ...ref })
  await ports.catalogue.forget(row.id)
  return { outcome: 'deleted' }
}

/** @throws VerificationFailed: nothing was erased; Unavailable: try again later */
export async function verify(ports: VerifyPorts, key: string, versionId?: string): Promise<VerifyOutcome> {
  try {
    return await verifyOnce(ports, key, versionId)
  } catch (error) {
    // Not counted now, it is counted when it is refused again.
    if (error instanceof VerificationFailed) await countRefused(ports, key, versionId).catch(() => {})
    throw error
  }
}

async function verifyOnce(ports: VerifyPorts, key: string, versionId: string | undefined): Promise<VerifyOutcome> {
  if (!isTombstone(key) && !key.startsWith(VAULT_KEYS.object(''))) return { outcome: 'rendition' }
  const info = await ports.objects.head('vault', key, versionId)
  if (!info) return { outcome: 'gone' }
  if (isTombstone(key)) {
    const row = await rowUnder(ports.catalogue, key)
    return row ? eraseAgain(ports, row) : { outcome: 'gone' }
  }
  // Before it is opened: what was erased goes, also where no key opens it any more. Its renditions are nobody's then.
  const id = key.slice(VAULT_KEYS.object('').length)
  if (await isErased(ports.objects, id)) {
    await ports.objects.erase(info)
    const row = await ports.catalogue.object(id)
    return row ? eraseAgain(ports, row) : { outcome: 'deleted' }
  }
  const { opened, sealed } = await openMain(ports, info)
  const { source } = opened.metadata
  if (!source || opened.facts.rendition || key !== VAULT_KEYS.object(sealed.id)) {
    throw new VerificationFailed('no-source')
  }
  // Whoever lists by time, or shows it, counts on a time that can be.
  if (opened.facts.created * 1000 > ports.clock.now() + CLOCK_TOLERANCE_MS) {
    throw new VerificationFailed('created-in-the-future')
  }
  // A second version under the id of a committed object is nothing that sealing makes.
  const known = await ports.catalogue.object(sealed.id)
  if (known && known.versionId !== sealed.versionId) throw new VerificationFailed('no-source')
  const upload = refOf(source)
  const now = ports.clock.now()
  const tell = (step: StepEvent['step'], about: { readonly objectId: string; readonly tier?: number }) =>
    ports.events.emit({
      type: 'step',
      time: new Date(ports.clock.now()).toISOString(),
      upload: uploadIdOf(ports.primitives, source),
      step,
      ...about,
    })
  const about = { objectId: sealed.id, tier: opened.facts.tier }
  const index = indexOf(ports.primitives, await ports.secrets.indexKey(), source)
  const superseded = async (winner: string): Promise<VerifyOutcome> => {
    await giveWay(ports, info, opened, await leftToGo(ports, upload, opened, winner))
    tell('erased', { objectId: winner })
    return { outcome: 'superseded', winner }
  }
  const deleted = async (): Promise<VerifyOutcome> => {
    await giveWay(ports, info, opened, await leftToGo(ports, upload, opened))
    return { outcome: 'deleted' }
  }
  // A loser's renditions need not be right, nor even there, for it to go.
  const earlier = await ports.catalogue.bySource(index.source)
  const isAnother = earlier !== undefined && earlier !== sealed.id
  if (isAnother && (await stands(ports, earlier))) return superseded(earlier)
  // Asked only now: whoever erases lays the tombstone before the object goes, so that its absence here means what it says.
  if (await isErased(ports.objects, index.source)) return deleted()
  // What the catalogue names is gone: this attempt, once compared with the upload, takes its place.
  if (isAnother) await ports.catalogue.forget(earlier, { again: true })
  if (earlier === undefined && (await ports.catalogue.wasForgotten(index.source))) return deleted()

  tell('verify', about)
  const renditions = await verifyRenditions(ports, opened)
  const left = await leftOf(ports, upload, opened)
  if (left.is === 'other') {
    throw new VerificationFailed(isUnversioned(upload) ? 'version-reused' : 'differs-from-upload')
  }
  const row: ObjectRow = {
    ...sealed,
    ...index,
    tier: opened.facts.tier,
    created: opened.facts.created * 1000,
    committed: now,
    sequencer: source.sequencer,
    renditions,
  }
  const { winner } = await ports.catalogue.commit(row)
  if (winner === undefined) return deleted()
  if (winner !== sealed.id) {
    if (await stands(ports, winner)) return superseded(winner)
    throw new Unavailable('another attempt at this upload is coming or going')
  }
  tell('committed', about)
  await eraseLeft(ports, left)
  tell('erased', about)
  return { outcome: 'committed', objectId: sealed.id }
}
