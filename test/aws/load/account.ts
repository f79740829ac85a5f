/** What became of uploads, by the catalogue and the vault themselves: how many are lost, or there twice. */
import { indexOf } from '../../../shared/flow/source.ts'
import { nodePrimitives } from '../../../shared/platform/crypto.ts'
import type { Catalogue, ObjectRow, Objects } from '../../../shared/platform/ports.ts'
import type { Upload } from './intake.ts'

export interface Account {
  /** The row that each upload became, where it became one. */
  readonly rows: ReadonlyMap<Upload, ObjectRow>
  /** Uploads without a row, or with one of which not everything is in the vault. */
  readonly lost: number
  /** Rows that an upload has beyond its first. */
  readonly twice: number
  /** Sealed versions in the vault, renditions included, that no row names. */
  readonly unnamed: number
}

const version = ({ key, versionId }: { readonly key: string; readonly versionId: string }) => `${key} ${versionId}`

function placesOf({ id, versionId, renditions }: ObjectRow): readonly string[] {
  return [
    version({ key: `o/${id}`, versionId }),
    ...renditions.map((one) => version({ key: `r/${one.id}`, versionId: one.versionId })),
  ]
}

export interface Kept {
  readonly objects: Pick<Objects, 'versions'>
  readonly catalogue: Pick<Catalogue, 'every'>
}

export async function accountOf(
  { objects, catalogue }: Kept,
  indexKey: Uint8Array,
  uploads: readonly Upload[],
): Promise<Account> {
  const stored = new Set<string>()
  for await (const object of objects.versions('vault')) stored.add(version(object))
  const all = await Array.fromAsync(catalogue.every())
  const bySource = Map.groupBy(all, ({ source }) => source)
  const rows = new Map<Upload, ObjectRow>()
  let [lost, twice] = [0, 0]
  for (const upload of uploads) {
    const source = { bucket: 'intake', key: upload.key, version: upload.versionId }
    const [row, ...more] = bySource.get(indexOf(nodePrimitives, indexKey, source).source) ?? []
    twice += more.length
    if (row) rows.set(upload, row)
    if (!row || !placesOf(row).every((place) => stored.has(place))) lost++
  }
  const named = new Set(all.flatMap(placesOf))
  const unnamed = [...stored].filter((place) => /^[or]\//.test(place) && !named.has(place)).length
  return { rows, lost, twice, unnamed }
}
