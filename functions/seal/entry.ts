/** The seal function on AWS: a public key, the power to make data keys, and no more. */

import { openKemPublicKeys, openKeyRegister } from '../../shared/platform/aws/keyRegister.ts'
import { openKmsDataKeys } from '../../shared/platform/aws/keyService.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { openSqsOutages } from '../../shared/platform/aws/outages.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { defaultPolicy, parsePolicy } from '../../shared/policy/policy.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import { MODELS_FOLDER, policyBeside } from '../beside.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog } from '../log.ts'
import { clock, eventsOf, settingsOf } from '../platform.ts'
import { sealHandler } from './handler.ts'

const env = readEnv('seal')
const log = openLog('seal', env.STACK_ID)
const settings = settingsOf(env)
const models = await loadModels(MODELS_FOLDER)
for (const problem of models.problems) log.info('models-unusable', { problem })
const policy = policyBeside()

export const handler = guarded(
  log,
  sealHandler({
    ports: {
      ...{ primitives: nodePrimitives, clock, models, stackId: env.STACK_ID },
      policy: policy === undefined ? defaultPolicy : parsePolicy(policy),
      threat: () => 'normal',
      objects: openS3Objects({ intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }, settings),
      kem: openKemPublicKeys(openKeyRegister(env.KEY_TABLE, settings)),
      dataKeys: openKmsDataKeys(env.DATA_KEY_ARN, settings),
      events: eventsOf(env, log),
    },
    bucketName: env.INTAKE_BUCKET,
    outages: openSqsOutages(env.SEAL_QUEUE_URL, env.SEAL_DEAD_QUEUE_URL, settings),
    onSealed: (outcome) => log.info(outcome.outcome, outcome.outcome === 'sealed' ? { object: outcome.objectId } : {}),
    onError: (message, error) => log.failed('seal-failed', error, { message_id: message }),
  }),
)
