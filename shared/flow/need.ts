/** Who still needs a key generation: asked of the envelopes themselves before it is retired, because they can't be wrong. */
import { AuthenticationFailed, type Catalogue, type Objects, Unavailable } from '../platform/ports.ts'
import { unwrapDataKey } from '../vault/open.ts'
import { envelopeInUse } from '../vault/rewrap.ts'
import { expectationOf } from './envelopes.ts'
import { namedBy } from './rewrap.ts'
import { VAULT_KEYS } from './source.ts'
import { type OpenPorts, storedSource } from './stored.ts'

export interface NeedPorts extends OpenPorts {
  readonly objects: Pick<Objects, 'head' | 'get' | 'versions'>
  readonly catalogue: Pick<Catalogue, 'every' | 'object'>
}

export interface Need {
  /** Committed objects that open with this generation alone, by themselves or by a rendition. */
  readonly objects: number
  /** Sealed objects that open with it and wait to be verified. */
  readonly waiting: number
  /** Committed objects whose envelope can't be read, so that nobody knows. */
  readonly unknown: number
}

/** @param others KEM key ids of the other active generations */
export async function needOf(ports: NeedPorts, kemKeyId: string, others: ReadonlySet<string>): Promise<Need> {
  const { primitives, objects, catalogue } = ports
  const need = { objects: 0, waiting: 0, unknown: 0 }
  for await (const row of catalogue.every()) {
    const answers: ('needs' | 'unknown' | undefined)[] = []
    for (const { key, ref } of namedBy(row)) {
      const source = storedSource(objects, { bucket: 'vault', key, versionId: ref.versionId }, ref.size)
      try {
        const expected = await expectationOf(objects, ref, ref.envelopeGeneration)
        const ids = (await envelopeInUse(primitives, source, expected)).envelope.records.map((one) => one.kemKeyId)
        answers.push(ids.includes(kemKeyId) && !ids.some((id) => others.has(id)) ? 'needs' : undefined)
      } catch (error) {
        if (!(error instanceof AuthenticationFailed || error instanceof Unavailable)) throw error
        answers.push('unknown')
      }
    }
    if (answers.includes('needs')) need.objects++
    else if (answers.includes('unknown')) need.unknown++
  }
  for await (const info of objects.versions('vault', { prefix: VAULT_KEYS.object('') })) {
    if (await catalogue.object(info.key.slice(VAULT_KEYS.object('').length))) continue
    try {
      const { head, envelope } = await envelopeInUse(primitives, storedSource(objects, info, info.size), {})
      if (!envelope.records.some((record) => record.kemKeyId === kemKeyId)) continue
      // One that doesn't open, sealed under a wrongly pinned key, lies here for ever and needs nothing.
      const dek = await unwrapDataKey(primitives, ports.keyring, head.header, envelope)
      dek.fill(0)
      need.waiting++
    } catch (error) {
      if (!(error instanceof AuthenticationFailed || error instanceof Unavailable)) throw error
    }
  }
  return need
}
