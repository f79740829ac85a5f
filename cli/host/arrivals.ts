/** How files come into intake: under a random key, their names beside them until both are erased, and a message for SEAL. */
import { sequencerAt } from '../../functions/sequencer.ts'
import { UPLOAD } from '../../shared/flow/source.ts'
import { hex } from '../../shared/keys/encoding.ts'
import type { Chunks, Clock, ObjectInfo, Objects, ObjectVersion, Primitives } from '../../shared/platform/ports.ts'
import { sealableText } from '../../shared/vault/metadata.ts'
import type { Hub } from './hub.ts'

export interface ArrivalPorts {
  readonly objects: Pick<Objects, 'put'>
  readonly primitives: Primitives
  readonly clock: Clock
  readonly hub: Hub
  readonly send: (queue: 'seal' | 'verify', body: string) => void
}

/** What the format holds of a file name; the rest of a longer one is dropped. */
const MAX_NAME_BYTES = 1024

export function newUploadKey(primitives: Pick<Primitives, 'random'>): string {
  return hex(primitives.random(16))
}

/** An S3 notification for this version, as S3 would send it; `upload` names the intake key where the object is another. */
export function createdMessage(info: ObjectVersion, sequencer: string, upload?: string): string {
  const { bucket, key, versionId, size } = info
  const s3 = { bucket: { name: bucket }, object: { key, versionId, size, sequencer } }
  return JSON.stringify({
    Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 }],
    upload,
  })
}

/** @returns what is now in intake; undefined when this key was there already. @throws Unavailable */
export async function receive(
  ports: ArrivalPorts,
  key: string,
  body: Chunks,
  about: { readonly fileName?: string; readonly uploader: string },
): Promise<ObjectInfo | undefined> {
  const metadata = {
    [UPLOAD.uploader]: about.uploader,
    ...(about.fileName && { [UPLOAD.fileName]: sealableText(about.fileName, MAX_NAME_BYTES) }),
  }
  const info = await ports.objects.put('intake', key, body, { ifAbsent: true, metadata })
  if (!info) return undefined
  ports.send('seal', createdMessage(info, sequencerAt(info.modified)))
  ports.hub.emit({ type: 'step', time: new Date(ports.clock.now()).toISOString(), upload: key, step: 'received' })
  return info
}
