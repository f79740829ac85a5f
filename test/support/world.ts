/** A whole local deployment in a temporary folder with a clock of its own: real providers, and every event written down. */
import sharp from 'sharp'
import type { LinkPorts } from '../../shared/flow/link.ts'
import type { ReadPorts } from '../../shared/flow/open.ts'
import type { RemovePorts } from '../../shared/flow/remove.ts'
import { type SealPorts, seal } from '../../shared/flow/seal.ts'
import { type Arrival, indexOf, UPLOAD } from '../../shared/flow/source.ts'
import { type SweepPorts, sweep } from '../../shared/flow/sweep.ts'
import { type VerifyPorts, verify } from '../../shared/flow/verify.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { openCatalogue } from '../../shared/platform/local/catalogue.ts'
import {
  homeLayout,
  initKeys,
  openKemCustody,
  openKemPublicKeys,
  openKeyService,
  openSecrets,
} from '../../shared/platform/local/keys.ts'
import { openObjects } from '../../shared/platform/local/objects.ts'
import type { Bucket, Catalogue, Objects, ObjectVersion, SafelightEvent, Secrets } from '../../shared/platform/ports.ts'
import { defaultPolicy, type Policy } from '../../shared/policy/policy.ts'
import type { Models } from '../../shared/sensitivity/models.ts'
import { temporaryHome } from '../platform/home.ts'
import { streamOf } from './memory.ts'

export interface Ports
  extends SealPorts,
    VerifyPorts,
    ReadPorts,
    LinkPorts,
    RemovePorts,
    Omit<SweepPorts, 'requeue' | 'objects' | 'catalogue' | 'secrets'> {
  readonly objects: Objects
  readonly catalogue: Catalogue
  readonly secrets: Secrets
}

export interface World extends AsyncDisposable {
  readonly home: string
  readonly ports: Ports
  readonly events: SafelightEvent[]
  /** Milliseconds since 1970; tests move it. */
  readonly clock: { time: number; now(): number }
  /** A file in intake, as an uploader leaves it. */
  arrive(bytes: Uint8Array, about?: { fileName?: string; uploader?: string }): Promise<Arrival>
  keysOf(bucket: Bucket, prefix?: string): Promise<string[]>
}

const { protections } = defaultPolicy
/** Every tier with clear previews, so that renditions are made whatever the assessment says. */
export const PREVIEWS: Policy = {
  ...defaultPolicy,
  protections: {
    public: protections.public,
    internal: protections.internal,
    confidential: { ...protections.confidential, preview: 'clear' },
    restricted: { ...protections.restricted, preview: 'clear' },
  },
}
/** No detector: everything is unreadable, so restricted, and nothing has to be loaded. */
const NO_MODELS: Models = { ok: false, versions: {}, problems: ['left out by the test'] }

export async function makeWorld(with_: { readonly models?: Models; readonly policy?: Policy } = {}): Promise<World> {
  const { home, remove } = await temporaryHome()
  const clock = {
    time: Date.now(),
    now() {
      return this.time
    },
  }
  const { stackId } = await initKeys(home, primitives, clock)
  const layout = homeLayout(home)
  const catalogue = openCatalogue(layout.catalogue)
  const objects = openObjects(layout.objects, clock)
  const keyService = openKeyService(home)
  const events: SafelightEvent[] = []
  const ports: Ports = {
    primitives,
    models: with_.models ?? NO_MODELS,
    policy: with_.policy ?? PREVIEWS,
    threat: () => 'normal',
    objects,
    catalogue,
    kem: openKemPublicKeys(home),
    dataKeys: keyService,
    keyring: { stackId, custody: openKemCustody(home), keyService },
    secrets: openSecrets(home),
    events: { emit: (event) => void events.push(event), flush: async () => {} },
    clock,
    stackId,
    linkOrigin: 'http://127.0.0.1:7302',
  }
  let uploads = 0
  return {
    home,
    ports,
    events,
    clock,
    async arrive(bytes, { fileName, uploader } = {}) {
      const metadata = {
        ...(fileName && { [UPLOAD.fileName]: fileName }),
        ...(uploader && { [UPLOAD.uploader]: uploader }),
      }
      const ref = await objects.put('intake', `upload-${++uploads}`, streamOf(bytes), { metadata })
      if (!ref) throw new Error('intake took nothing')
      return { ref, sequencer: uploads.toString(16).padStart(16, '0'), deaths: 0 }
    },
    async keysOf(bucket, prefix = '') {
      const keys: string[] = []
      for await (const { key } of objects.versions(bucket, { prefix })) keys.push(key)
      return keys
    },
    async [Symbol.asyncDispose]() {
      catalogue.close()
      await remove()
    },
  }
}

/** A small picture of its own, so that no two uploads are alike. */
export async function smallPicture(seed = 0): Promise<Buffer> {
  const background = { r: seed % 256, g: 90, b: 160 }
  return sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer()
}

/** SEAL, then VERIFY. @returns the committed object's id */
export async function commit(ports: Ports, arrival: Arrival): Promise<string> {
  const sealed = await seal(ports, arrival)
  if (sealed.outcome !== 'sealed') throw new Error(`sealing ended as ${sealed.outcome}`)
  const verified = await verify(ports, sealed.stored.key, sealed.stored.versionId)
  if (verified.outcome !== 'committed') throw new Error(`verifying ended as ${verified.outcome}`)
  return verified.objectId
}

/** What the catalogue holds this arrival as. */
export async function committedAs(ports: Ports, { ref }: Arrival): Promise<string | undefined> {
  const { source } = indexOf(primitives, await ports.secrets.indexKey(), { ...ref, version: ref.versionId })
  return ports.catalogue.bySource(source)
}

/** Sweeps, and does what the sweep asks for, until it asks for nothing: what a host does after a crash. */
export async function recover(ports: Ports, rounds = 4): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const work: { stage: 'seal' | 'verify'; info: ObjectVersion }[] = []
    await sweep({ ...ports, requeue: (stage, info) => void work.push({ stage, info }) })
    if (work.length === 0) return
    for (const { stage, info } of work) {
      if (stage === 'verify') await verify(ports, info.key, info.versionId)
      else await seal(ports, { ref: info, sequencer: '00', deaths: 0 })
    }
  }
  throw new Error(`${rounds} sweeps were not enough`)
}
