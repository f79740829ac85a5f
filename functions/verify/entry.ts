/** The verify function on AWS: the keys and the power to erase, and nobody who could call it. */

import { VerificationFailed } from '../../shared/flow/verify.ts'
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { openIndexKey } from '../../shared/platform/aws/secrets.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog } from '../log.ts'
import { clock, eventsOf, keyringOf, settingsOf } from '../platform.ts'
import { verifyHandler } from './handler.ts'

const env = readEnv('verify')
const log = openLog('verify', env.STACK_ID)
const settings = settingsOf(env)

export const handler = guarded(
  log,
  verifyHandler({
    ports: {
      ...{ primitives: nodePrimitives, clock, keyring: keyringOf(env, settings).keyring },
      objects: openS3Objects({ intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }, settings),
      catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
      secrets: openIndexKey(env.INDEX_SECRET, settings),
      events: eventsOf(env, log),
    },
    bucketName: env.VAULT_BUCKET,
    onVerified: (outcome) => log.info(outcome.outcome, 'objectId' in outcome ? { object: outcome.objectId } : {}),
    onError: (message, error) =>
      log.failed(error instanceof VerificationFailed ? 'verification-failed' : 'verify-failed', error, {
        message_id: message,
      }),
  }),
)
