/** Fills a deployment with many small objects by the real format, VERIFY and local platform, but without looking at pictures. */
import { createHash } from 'node:crypto'
import { type Deployment, openDeployment } from '../../cli/deployment.ts'
import { readAsOwner } from '../../shared/flow/open.ts'
import { verify } from '../../shared/flow/verify.ts'
import { hex } from '../../shared/keys/encoding.ts'
import type { RenditionKind } from '../../shared/platform/ports.ts'
import { sealObject } from '../../shared/vault/seal.ts'
import { collect, pattern, streamOf } from './memory.ts'

export interface Populated {
  readonly id: string
  readonly rendition: RenditionKind | 'original'
  /** SHA-256 of the plaintext. */
  readonly digest: string
}

export const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function sealed(
  deployment: Deployment,
  key: string,
  request: Partial<Parameters<typeof sealObject>[1]>,
  plaintext: Uint8Array,
) {
  const { primitives, stackId, kem, dataKeys, objects } = deployment
  const made = await sealObject(primitives, {
    stackId,
    recipients: [{ kem: await kem.current(plaintext.length % 2 === 0 ? 768 : 1024), dataKeys }],
    created: 1_790_000_000,
    tier: 1,
    plaintextLength: plaintext.length,
    ...request,
    metadata: { sha256: primitives.sha256(plaintext), mediaType: 'application/octet-stream', ...request.metadata },
  })
  const stored = await objects.put('vault', `${key}/${hex(made.objectId)}`, made.stream(streamOf(plaintext)), {
    ifAbsent: true,
  })
  if (!stored) throw new Error('the vault took nothing')
  return { objectId: made.objectId, stored }
}

/** Every third object has a preview. @returns one entry an object or preview */
export async function populate(home: string, count: number, seed = 1): Promise<Populated[]> {
  await using deployment = await openDeployment(home, { create: true })
  const { primitives, objects } = deployment
  const made: Populated[] = []
  for (let n = 0; n < count; n++) {
    const plaintext = pattern((n * 977 + seed * 131) % 40_000, seed * 100_000 + n)
    const upload = await objects.put('intake', `populate-${seed}-${n}`, streamOf(plaintext))
    if (!upload) throw new Error('intake took nothing')
    const objectId = primitives.random(16)
    const id = hex(objectId)
    const renditions: { kind: number; objectId: Uint8Array }[] = []
    if (n % 3 === 0) {
      const preview = pattern(3_000 + n, seed * 100_000 + 50_000 + n)
      // The level follows the object's own length: either will do.
      const rendition = await sealed(deployment, 'r', { rendition: { parent: objectId, kind: 1 } }, preview)
      renditions.push({ kind: 1, objectId: rendition.objectId })
      made.push({ id, rendition: 'preview', digest: digestOf(preview) })
    }
    const source = { bucket: 'intake', key: upload.key, version: upload.versionId, sequencer: (n + 1).toString(16) }
    const metadata = { sha256: primitives.sha256(plaintext), mediaType: 'application/octet-stream', source, renditions }
    const { stored } = await sealed(deployment, 'o', { objectId, metadata }, plaintext)
    const { outcome } = await verify(deployment, stored.key)
    if (outcome !== 'committed') throw new Error(`verifying ended as ${outcome}`)
    made.push({ id, rendition: 'original', digest: digestOf(plaintext) })
  }
  return made
}

/** How many of them open through the catalogue with the very bytes; `limit` looks at that many, spread over all. */
export async function countOpening(home: string, made: readonly Populated[], limit = made.length): Promise<number> {
  await using deployment = await openDeployment(home, { create: false })
  const owner = { ip: '127.0.0.1', principal: 'test' }
  const step = Math.max(1, Math.floor(made.length / limit))
  let opening = 0
  for (const { id, rendition, digest } of made.filter((_, i) => i % step === 0)) {
    try {
      const read = await readAsOwner(deployment, owner, id, rendition)
      if (read && digestOf(await collect(read.opened.stream())) === digest) opening++
    } catch {
      // Counted by not being counted.
    }
  }
  return opening
}
