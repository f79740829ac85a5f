/**
 * Which versions an event is about. AWS says it exactly; emulators leave the version out, or encode a key that AWS
 * doesn't, and are asked what there is.
 */
import type { Arrival } from '../shared/flow/source.ts'
import type { Objects } from '../shared/platform/ports.ts'
import type { Created } from './s3-events.ts'
import { sequencerAt } from './sequencer.ts'

export interface FindPorts {
  readonly objects: Pick<Objects, 'head' | 'versions'>
}

type Found = Omit<Arrival, 'deaths'>

async function versionsOf({ objects }: FindPorts, wanted: string, object: Created): Promise<readonly Found[]> {
  const found: Found[] = []
  const uploader = object.uploader !== undefined && { uploader: object.uploader }
  for await (const { bucket, key, versionId, modified } of objects.versions('intake', { prefix: wanted })) {
    if (key !== wanted) break
    found.push({ ref: { bucket, key, versionId }, sequencer: sequencerAt(modified), ...uploader })
  }
  // The newest is listed first.
  const [newest, ...older] = found
  return newest ? [...older.reverse(), { ...newest, sequencer: object.sequencer }] : []
}

/** Empty when there is none any more: committed and erased, or deleted by its owner. */
export async function arrivalsOf(ports: FindPorts, object: Created): Promise<readonly Found[]> {
  const { key, decodedKey, versionId, sequencer, uploader } = object
  const exactly = (wanted: string): Found => ({
    ref: { bucket: 'intake', key: wanted, versionId: versionId ?? '' },
    sequencer,
    ...(uploader !== undefined && { uploader }),
  })
  if (versionId !== undefined) {
    if (decodedKey === undefined || (await ports.objects.head('intake', key, versionId))) return [exactly(key)]
    return [exactly(decodedKey)]
  }
  const found = await versionsOf(ports, key, object)
  return found.length > 0 || decodedKey === undefined ? found : versionsOf(ports, decodedKey, object)
}
