/**
 * What is left of an upload once it is sealed: compared with what was sealed of it, and erased. A version of S3 stays what
 * it is, but for `null`, which is the version of all that lies there without one of its own: while versioning isn't on, the
 * next upload of that name takes its place. Of that, only what was compared goes, and nothing while another may come.
 */
import { equal } from '../keys/encoding.ts'
import {
  type ObjectInfo,
  type ObjectRef,
  type Objects,
  type Primitives,
  UNVERSIONED,
  Unavailable,
} from '../platform/ports.ts'
import type { OpenedObject } from '../vault/open.ts'
import { digestOf } from './whole.ts'

export interface UploadPorts {
  readonly primitives: Primitives
  readonly objects: Pick<Objects, 'head' | 'get' | 'erase'>
}

/** As the store erases it. */
type Erasable = ObjectRef & Pick<ObjectInfo, 'unversioned'>

export type Left =
  | { readonly is: 'gone' }
  /** Byte by byte what was sealed. */
  | { readonly is: 'sealed'; readonly ref: Erasable }
  | { readonly is: 'other' }

export function isUnversioned({ versionId }: Pick<ObjectRef, 'versionId'>): boolean {
  return versionId === UNVERSIONED
}

/** @throws Unavailable while another upload may take its place under the same version */
export function refuseReplaceable({ unversioned }: Pick<ObjectInfo, 'unversioned'>): void {
  if (!unversioned?.replaceable) return
  throw new Unavailable('the intake bucket keeps no versions: an upload could be taken for another', {
    advice: 'versioning of the intake bucket is not on: turn it on, as `safelight doctor --stack NAME` says',
  })
}

/** @throws Unavailable */
export async function leftOf(ports: UploadPorts, upload: ObjectRef, opened: OpenedObject): Promise<Left> {
  const { bucket, key, versionId } = upload
  const ref: Erasable | undefined = isUnversioned(upload) ? await ports.objects.head(bucket, key, versionId) : upload
  if (ref) refuseReplaceable(ref)
  const bytes = ref && (await ports.objects.get(upload))
  // An earlier run erased it and the catalogue was lost since, or its owner did. What is sealed is then all there is.
  if (!bytes) return { is: 'gone' }
  const { sha256, length } = await digestOf(ports.primitives, bytes)
  const isSealed = length === opened.facts.plaintextLength && equal(sha256, opened.metadata.sha256)
  return isSealed ? { is: 'sealed', ref } : { is: 'other' }
}

/** @throws Unavailable, also when something else lies there by now: it is looked at anew */
export async function eraseLeft({ objects }: UploadPorts, left: Left): Promise<void> {
  if (left.is === 'other') throw new TypeError('only what is sealed is erased')
  if (left.is === 'gone') return
  const { ref } = left
  if (!isUnversioned(ref)) return objects.erase(ref)
  // Comparing may have taken minutes.
  const now = await objects.head(ref.bucket, ref.key, ref.versionId)
  if (!now) return
  refuseReplaceable(now)
  if (now.unversioned?.tag !== ref.unversioned?.tag) throw new Unavailable('another upload took its place')
  await objects.erase(now)
}
