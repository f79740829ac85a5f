/** The erase function on AWS. */
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog, told } from '../log.ts'
import { clock, eventsOf, settingsOf } from '../platform.ts'
import { eraseHandler } from './handler.ts'

const env = readEnv('erase')
const log = openLog('erase', env.STACK_ID)
const settings = settingsOf(env)

export const handler = guarded(
  log,
  eraseHandler(
    {
      ...{ primitives: nodePrimitives, clock, events: eventsOf(env, log) },
      objects: openS3Objects({ vault: env.VAULT_BUCKET }, settings, { bypassLock: env.VAULT_IS_LOCKED === 'true' }),
      catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
    },
    ({ id, outcome }, reason) => log.info(outcome, { object: id, reason }),
  ),
  told,
)
