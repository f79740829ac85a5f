/** The sweep function on AWS. */
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import { openIndexKey } from '../../shared/platform/aws/secrets.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import type { Invocation } from '../invocation.ts'
import { guarded, openLog, told } from '../log.ts'
import { clock, settingsOf } from '../platform.ts'
import { sweepHandler } from './handler.ts'
import { asksForLost, lostHandler } from './lost.ts'

/** Sealing and verifying take seconds; no less often does the schedule come. */
const QUIET_MS = 15 * 60_000

const GIVEN_UP =
  'it was sealed several times and never verified: see what the verify function says, mend that, then safelight redrive'

const env = readEnv('sweep')
const log = openLog('sweep', env.STACK_ID)
const settings = settingsOf(env)

const fn = {
  ports: {
    ...{ primitives: nodePrimitives, clock },
    objects: openS3Objects({ intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }, settings),
    catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
    secrets: openIndexKey(env.INDEX_SECRET, settings),
    onGivenUp: (upload: string) => log.warn('given-up', { upload, advice: GIVEN_UP }),
  },
  queues: { seal: openSqsQueue(env.SEAL_QUEUE_URL, settings), verify: openSqsQueue(env.VERIFY_QUEUE_URL, settings) },
  bucketNames: { intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET },
  quietMs: QUIET_MS,
}
const sweep = sweepHandler(fn)
const lost = lostHandler(fn)

async function sendLost(event: unknown, invocation: Invocation) {
  const sent = await lost(event, invocation)
  log.info('lost-sent', { sent: sent.sent, done: sent.done })
  return sent
}

async function sweepOnSchedule(event: unknown, invocation: Invocation) {
  const swept = await sweep(event, invocation)
  // infra's alarm on plaintext that stays reads this line, and takes silence for the worst.
  log.info('swept', { ...swept })
  return swept
}

export const handler = guarded(
  log,
  async (event, invocation: Invocation) =>
    asksForLost(event) ? sendLost(event, invocation) : sweepOnSchedule(event, invocation),
  told,
)
