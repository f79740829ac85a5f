/** The find function, invoked by whoever uploaded: which object an upload became. The catalogue alone can't say, it holds no names. */
import * as z from 'zod'
import { indexOf } from '../../shared/flow/source.ts'
import type { Catalogue, Primitives, Secrets } from '../../shared/platform/ports.ts'
import { orderIn } from '../order.ts'

const order = z.strictObject({ key: z.string().min(1).max(1024), versionId: z.string().min(1).max(1024) })

export interface FindPorts {
  readonly primitives: Pick<Primitives, 'hmacSha256'>
  readonly catalogue: Pick<Catalogue, 'bySource'>
  readonly secrets: Pick<Secrets, 'indexKey'>
}

export interface FindAnswer {
  /** Null while it isn't committed, and when its object was erased. */
  readonly objectId: string | null
}

/** @throws BadOrder, Unavailable */
export function findHandler(ports: FindPorts): (event: unknown) => Promise<FindAnswer> {
  return async (event) => {
    const { key, versionId } = orderIn(order, event)
    const indexKey = await ports.secrets.indexKey()
    const { source } = indexOf(ports.primitives, indexKey, { bucket: 'intake', key, version: versionId })
    return { objectId: (await ports.catalogue.bySource(source)) ?? null }
  }
}
