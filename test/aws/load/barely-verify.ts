/** VERIFY's calls to AWS and nothing else: what was put is read, a row is written, the upload is erased. */
import * as z from 'zod'
import { forEachCreated } from '../../../functions/batch.ts'
import { readEnv } from '../../../functions/env.ts'
import { openLog } from '../../../functions/log.ts'
import { eventsOf, keyringOf, settingsOf } from '../../../functions/platform.ts'
import { generationsBeside } from '../../../shared/flow/envelopes.ts'
import { indexOf } from '../../../shared/flow/source.ts'
import { isErased } from '../../../shared/flow/tombstones.ts'
import { openDynamoCatalogue } from '../../../shared/platform/aws/catalogue.ts'
import { openS3Objects } from '../../../shared/platform/aws/objects.ts'
import { openIndexKey } from '../../../shared/platform/aws/secrets.ts'
import { nodePrimitives } from '../../../shared/platform/crypto.ts'
import type { ObjectInfo, RenditionKind, SealedRef, Step } from '../../../shared/platform/ports.ts'
import { CONTEXT, drain, FIRST_READ, HEAD } from './barely.ts'

const KINDS: readonly RenditionKind[] = ['preview', 'display']
const STEPS: readonly Step[] = ['verify', 'committed', 'erased']
const head = z.object({
  keyId: z.string(),
  blob: z.string(),
  source: z.object({ key: z.string(), version: z.string(), sequencer: z.string() }).optional(),
  renditions: z.array(z.string()).default([]),
})

const env = readEnv('verify')
const log = openLog('barely-verify', env.STACK_ID)
const settings = settingsOf(env)
const objects = openS3Objects({ intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }, settings)
const catalogue = openDynamoCatalogue(env.CATALOGUE_TABLE, settings)
const secrets = openIndexKey(env.INDEX_SECRET, settings)
const { keyService } = keyringOf(env, settings)
const events = eventsOf(env, log)

async function openBarely(info: ObjectInfo) {
  const id = info.key.slice(2)
  await generationsBeside(objects, id)
  const parts: Uint8Array[] = []
  const first = { first: 0, last: Math.min(FIRST_READ, info.size) - 1 }
  for await (const part of (await objects.get(info, first)) ?? []) parts.push(Uint8Array.from(part))
  const { keyId, blob, ...more } = head.parse(JSON.parse(Buffer.concat(parts).subarray(0, HEAD).toString()))
  await keyService.decrypt(keyId, Buffer.from(blob, 'base64'), CONTEXT)
  await drain(await objects.get(info, { first: HEAD, last: info.size - 1 }))
  const { size, versionId } = info
  const sealed: SealedRef = { id, versionId, size, plaintextLength: size - HEAD, headDigest: '0'.repeat(64) }
  return { ...more, sealed: { ...sealed, envelopeGeneration: 0 } }
}

async function verifyBarely(key: string, versionId: string | undefined): Promise<void> {
  const info = await objects.head('vault', key, versionId)
  if (!info) return
  await isErased(objects, key.slice(2))
  const { sealed, source, renditions } = await openBarely(info)
  if (!source) throw new RangeError('a picture has a source')
  const ref = { bucket: 'intake', key: source.key, versionId: source.version } as const
  await catalogue.object(sealed.id)
  const index = indexOf(nodePrimitives, await secrets.indexKey(), { ...ref, version: source.version })
  await isErased(objects, index.source)
  if ((await catalogue.bySource(index.source)) === undefined) await catalogue.wasForgotten(index.source)
  const rows: (SealedRef & { readonly kind: RenditionKind; readonly envelopeGeneration: number })[] = []
  for (const [i, id] of renditions.entries()) {
    const found = await objects.head('vault', `r/${id}`)
    if (found) rows.push({ ...(await openBarely(found)).sealed, kind: KINDS[i] ?? 'preview' })
  }
  await drain(await objects.get(ref))
  const now = Date.now()
  const about = { tier: 0, created: now, committed: now, sequencer: source.sequencer }
  await catalogue.commit({ ...sealed, ...index, ...about, renditions: rows })
  await objects.erase(ref)
  const time = new Date().toISOString()
  for (const step of STEPS) events.emit({ type: 'step', time, upload: sealed.id, step, objectId: sealed.id, tier: 0 })
  log.info('committed', { object: sealed.id })
}

export async function handler(event: unknown) {
  try {
    return await forEachCreated(
      event,
      env.VAULT_BUCKET,
      ({ key, versionId }) => verifyBarely(key, versionId),
      (message, error) => log.failed('verify-failed', error, { message_id: message }),
    )
  } finally {
    await events.flush()
  }
}
