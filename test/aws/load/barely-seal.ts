/** SEAL's calls to AWS and nothing else: no decoder, no detector, no cipher. What it costs to work like this at all. */
import { arrivalsOf } from '../../../functions/arrivals.ts'
import { forEachCreated } from '../../../functions/batch.ts'
import { readEnv } from '../../../functions/env.ts'
import { openLog } from '../../../functions/log.ts'
import { eventsOf, settingsOf } from '../../../functions/platform.ts'
import type { Arrival } from '../../../shared/flow/source.ts'
import { openKemPublicKeys, openKeyRegister } from '../../../shared/platform/aws/keyRegister.ts'
import { openKmsDataKeys } from '../../../shared/platform/aws/keyService.ts'
import { openS3Objects } from '../../../shared/platform/aws/objects.ts'
import type { Step } from '../../../shared/platform/ports.ts'
import { bodyOf, drain, headOf, newId, type Sizes } from './barely.ts'

/** By the number that a key ends in, as pictures are drawn. Written into the package when it is made. */
declare const SIZES: readonly Sizes[]

const STEPS: readonly Step[] = ['inspect', 'preprocess', 'assess', 'decide', 'encrypt', 'stored']

const env = readEnv('seal')
const log = openLog('barely-seal', env.STACK_ID)
const settings = settingsOf(env)
const objects = openS3Objects({ intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }, settings)
const kem = openKemPublicKeys(openKeyRegister(env.KEY_TABLE, settings))
const dataKeys = openKmsDataKeys(env.DATA_KEY_ARN, settings)
const events = eventsOf(env, log)

async function sealBarely({ ref, sequencer }: Omit<Arrival, 'deaths'>): Promise<void> {
  const info = await objects.head(ref.bucket, ref.key, ref.versionId)
  if (!info) return
  await drain(await objects.get(ref))
  const sizes = SIZES[Number(/\d+$/.exec(ref.key)?.[0]) % SIZES.length]
  if (!sizes) throw new RangeError('no such picture')
  await kem.current(768)
  const renditions: string[] = []
  for (const size of sizes.renditions) {
    const id = newId()
    await objects.put('vault', `r/${id}`, bodyOf(await headOf(dataKeys, {}), undefined, size), { ifAbsent: true })
    renditions.push(id)
  }
  const source = { key: ref.key, version: ref.versionId, sequencer }
  const head = await headOf(dataKeys, { source, renditions })
  const id = newId()
  await objects.put('vault', `o/${id}`, bodyOf(head, await objects.get(ref), sizes.object), { ifAbsent: true })
  const time = new Date().toISOString()
  for (const step of STEPS) events.emit({ type: 'step', time, upload: id, step, objectId: id, tier: 0 })
  log.info('sealed', { object: id })
}

export async function handler(event: unknown) {
  try {
    return await forEachCreated(
      event,
      env.INTAKE_BUCKET,
      async (created) => {
        for (const arrival of await arrivalsOf({ objects }, created)) await sealBarely(arrival)
      },
      (message, error) => log.failed('seal-failed', error, { message_id: message }),
    )
  } finally {
    await events.flush()
  }
}
