/**
 * REWRAP: every committed object gets an envelope under the current key generation, beside it in the vault; its body is
 * never touched. An object moves in two steps, each of which may be the last one before a kill: the envelope is stored
 * if there is none, then the catalogue moves to it if it still stands where it stood. A run finds what an earlier one, or
 * another one at the same time, has stored.
 */
import type { Envelope } from '../keys/envelope.ts'
import {
  AuthenticationFailed,
  type Catalogue,
  type DataKeys,
  type KemPublicKey,
  type KemPublicKeys,
  type ObjectRow,
  type Objects,
  type SealedRef,
  Unavailable,
} from '../platform/ports.ts'
import { unwrapDataKey } from '../vault/open.ts'
import { envelopeInUse, type InUse, rewrapEnvelope } from '../vault/rewrap.ts'
import { expectationOf } from './envelopes.ts'
import { VAULT_KEYS } from './source.ts'
import { type OpenPorts, storedSource } from './stored.ts'
import { type Slice, walkKeys } from './walk.ts'

export interface RewrapPorts extends OpenPorts {
  readonly objects: Pick<Objects, 'head' | 'get' | 'put'>
  readonly catalogue: Pick<Catalogue, 'every' | 'moveEnvelope'>
  readonly kem: KemPublicKeys
  readonly dataKeys: DataKeys
}

/** A sealed object that the catalogue names: an object, or a rendition of it. */
export interface Named {
  readonly objectId: string
  readonly key: string
  readonly ref: SealedRef & { readonly envelopeGeneration: number }
}

export interface RewrapStep {
  readonly objectId: string
  /** The object's id again, or that of the rendition. */
  readonly sealedId: string
  /** `moved`: another run or a removal was faster, and nothing was left to do. */
  readonly outcome: 'rewrapped' | 'current' | 'moved' | 'failed'
  /** Why it failed. */
  readonly reason?: 'authentication-failed' | 'unavailable'
  readonly error?: AuthenticationFailed | Unavailable
}

/** Envelopes of killed runs that are of no use are passed over; nobody can make a run do so for long. */
const LOOK_AHEAD = 64

export function namedBy(row: ObjectRow): readonly Named[] {
  return [
    { objectId: row.id, key: VAULT_KEYS.object(row.id), ref: row },
    ...row.renditions.map((ref) => ({ objectId: row.id, key: VAULT_KEYS.rendition(ref.id), ref })),
  ]
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function isUnder(envelope: Envelope, kemKeyId: string): boolean {
  return envelope.records.every((record) => record.kemKeyId === kemKeyId)
}

/** The envelope that lies there already, if it is of use: under this key, and of this very object. */
async function isOfUse(ports: RewrapPorts, { key, ref }: Named, generation: number, kemKeyId: string) {
  try {
    const expected = await expectationOf(ports.objects, ref, generation)
    const { head, envelope } = await envelopeInUse(ports.primitives, sourceOf(ports, key, ref), expected)
    if (!isUnder(envelope, kemKeyId)) return false
    const dek = await unwrapDataKey(ports.primitives, ports.keyring, head.header, envelope)
    dek.fill(0)
    return true
  } catch (error) {
    if (error instanceof AuthenticationFailed) return false
    throw error
  }
}

function sourceOf(ports: Pick<RewrapPorts, 'objects'>, key: string, { versionId, size }: SealedRef) {
  return storedSource(ports.objects, { bucket: 'vault', key, versionId }, size)
}

/** @returns false when one lies there already, of whatever kind */
async function storeEnvelope(ports: RewrapPorts, id: string, used: InUse, kem: KemPublicKey, generation: number) {
  const { primitives, keyring, objects, dataKeys } = ports
  const key = VAULT_KEYS.envelope(id, generation)
  if (await objects.head('vault', key)) return false
  const bytes = await rewrapEnvelope(primitives, keyring, used, { kem, dataKeys }, generation)
  return (await objects.put('vault', key, once(bytes), { ifAbsent: true })) !== undefined
}

/** @throws AuthenticationFailed when the object doesn't open as the catalogue says; Unavailable */
export async function rewrapOne(ports: RewrapPorts, named: Named): Promise<'rewrapped' | 'current' | 'moved'> {
  const { objectId, key, ref } = named
  const expected = await expectationOf(ports.objects, ref, ref.envelopeGeneration)
  const used = await envelopeInUse(ports.primitives, sourceOf(ports, key, ref), expected)
  const kem = await ports.kem.current(used.level)
  if (isUnder(used.envelope, kem.keyId)) return 'current'
  const first = ref.envelopeGeneration + 1
  for (let generation = first; generation < first + LOOK_AHEAD; generation++) {
    const stored = await storeEnvelope(ports, ref.id, used, kem, generation)
    if (!stored && !(await isOfUse(ports, named, generation, kem.keyId))) continue
    const moved = await ports.catalogue.moveEnvelope(objectId, ref.id, ref.envelopeGeneration, generation)
    return moved ? 'rewrapped' : 'moved'
  }
  throw new Unavailable('too many envelopes of no use lie beside an object')
}

/** One object and its renditions. What doesn't open is told and passed over. @throws what storing or moving throws */
async function* rewrapRow(ports: RewrapPorts, row: ObjectRow): AsyncGenerator<RewrapStep> {
  for (const named of namedBy(row)) {
    const about = { objectId: row.id, sealedId: named.ref.id }
    try {
      yield { ...about, outcome: await rewrapOne(ports, named) }
    } catch (error) {
      if (error instanceof AuthenticationFailed)
        yield { ...about, outcome: 'failed', reason: 'authentication-failed', error }
      else if (error instanceof Unavailable) yield { ...about, outcome: 'failed', reason: 'unavailable', error }
      else throw error
    }
  }
}

/** One step a sealed object, all of them. @throws what storing or moving throws */
export async function* rewrap(ports: RewrapPorts): AsyncGenerator<RewrapStep> {
  for await (const row of ports.catalogue.every()) yield* rewrapRow(ports, row)
}

export interface RewrapSlicePorts extends RewrapPorts {
  readonly objects: RewrapPorts['objects'] & Pick<Objects, 'versions'>
  readonly catalogue: RewrapPorts['catalogue'] & Pick<Catalogue, 'object'>
}

/**
 * As `rewrap`, in slices: in the vault's order, which is the same at every look.
 * @param slice `after` is the object id that an earlier slice ended with; `shard` holds it to ids that begin so
 * @returns the object id behind which the next slice goes on; undefined at the end
 */
export async function rewrapSlice(
  ports: RewrapSlicePorts,
  { after, isOver, shard = '' }: Slice<string> & { readonly shard?: string | undefined },
  onStep: (step: RewrapStep) => void,
): Promise<string | undefined> {
  const prefix = VAULT_KEYS.object('')
  const from = { isOver, ...(after !== undefined && { after: VAULT_KEYS.object(after) }) }
  const next = await walkKeys(ports.objects, 'vault', prefix + shard, from, async ({ key, versionId }) => {
    const row = await ports.catalogue.object(key.slice(prefix.length))
    if (row?.versionId !== versionId) return
    for await (const step of rewrapRow(ports, row)) onStep(step)
  })
  return next?.slice(prefix.length)
}
