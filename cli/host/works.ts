/** A deployment at work: its queues pumped into the functions. What `put` needs, and the larger part of `serve`. */
import { realpathSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sequencerAt } from '../../functions/sequencer.ts'
import { indexOf, VAULT_KEYS } from '../../shared/flow/source.ts'
import { openStored } from '../../shared/flow/stored.ts'
import { sweep } from '../../shared/flow/sweep.ts'
import { homeLayout } from '../../shared/platform/local/keys.ts'
import type { ObjectInfo } from '../../shared/platform/ports.ts'
import { type Deployment, openDeployment } from '../deployment.ts'
import { MODELS_FOLDER } from '../models.ts'
import { type ArrivalPorts, createdMessage } from './arrivals.ts'
import { createHub, type Hub } from './hub.ts'
import { keyOf, type Pump, STAGES, startPump, uploadOf } from './pump.ts'
import { createSealer } from './sealer.ts'

export type Log = (line: Readonly<Record<string, string | number>>) => void

/** How an upload ended. */
export type Settled = { readonly objectId: string } | { readonly failed: string }

export interface Works extends AsyncDisposable {
  readonly deployment: Deployment
  readonly hub: Hub
  readonly pump: Pump
  readonly arrivals: ArrivalPorts
  /** SHA-256 of what the upload of this key was sealed as; `forgotten` when that was deleted since. */
  sealedAs(key: string): Promise<Uint8Array | 'forgotten' | undefined>
  /** Waits until this upload is committed and erased, by whichever process, or has failed for good. */
  settled(info: ObjectInfo): Promise<Settled>
}

const POLL_MS = 40
const STALE_TEMPORARY_MS = 2 * 60_000

export async function startWorks(home: string, log: Log): Promise<Works> {
  const hub = createHub()
  const deployment = await openDeployment(home, { create: true, events: hub })
  const { objects, queue, kem, dataKeys, stackId, policy, primitives, clock } = deployment
  // Permissions are checked on real paths.
  const settings = { objects: realpathSync(homeLayout(home).objects), models: MODELS_FOLDER, stackId, policy }
  const pump = startPump({
    queue,
    hub,
    log,
    verify: deployment,
    sealer: createSealer(settings, { kem, dataKeys, events: hub }),
  })
  const send = (stage: 'seal' | 'verify', body: string): void => {
    queue.send(stage, body)
    pump.kick()
  }
  return {
    deployment,
    hub,
    pump,
    arrivals: { objects, primitives, clock, hub, send },
    async sealedAs(key) {
      const { name } = indexOf(primitives, await deployment.secrets.indexKey(), { bucket: 'intake', key, version: '' })
      const id = await deployment.catalogue.byName(name)
      const row = id === undefined ? undefined : await deployment.catalogue.object(id)
      if (!row) return (await deployment.catalogue.wasForgotten(name)) ? 'forgotten' : undefined
      const { metadata } = await openStored(deployment, VAULT_KEYS.object(row.id), row, row.envelopeGeneration)
      return metadata.sha256
    },
    settled: (info) => settledOf(deployment, info),
    async [Symbol.asyncDispose]() {
      await pump.stop()
      await deployment[Symbol.asyncDispose]()
    },
  }
}

async function settledOf(
  { catalogue, objects, primitives, queue, secrets }: Deployment,
  info: ObjectInfo,
): Promise<Settled> {
  const { source } = indexOf(primitives, await secrets.indexKey(), { ...info, version: info.versionId })
  for (;;) {
    const objectId = await catalogue.bySource(source)
    if (objectId && !(await objects.head(info.bucket, info.key, info.versionId))) return { objectId }
    const failed = queue.failed().find((item) => uploadOf(item) === info.key)
    if (failed) return { failed: failed.reason }
    await sleep(POLL_MS)
  }
}

/** What no queue holds any more is put back into one; what a crash left half-written is removed. */
export async function sweepOnce({ deployment, arrivals, pump }: Works): Promise<void> {
  const { queue, objects } = deployment
  await objects.sweepTemporary(STALE_TEMPORARY_MS)
  // A full disk, a missing key: nothing is wrong with the upload, and nobody should have to come and say "retry".
  for (const { id, reason } of queue.failed()) if (reason === 'unavailable') queue.redrive(id)
  const messages = STAGES.flatMap((stage) => [...queue.pending(stage), ...queue.failed(stage)])
  const known = new Set([...messages.flatMap((message) => [uploadOf(message), keyOf(message)]), ...pump.unopened()])
  await sweep({
    ...deployment,
    requeue(stage, info) {
      if (!known.has(info.key)) arrivals.send(stage, createdMessage(info, sequencerAt(info.modified)))
    },
  })
}
