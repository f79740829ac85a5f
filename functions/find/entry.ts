/** The find function on AWS. */
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openIndexKey } from '../../shared/platform/aws/secrets.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog, told } from '../log.ts'
import { settingsOf } from '../platform.ts'
import { findHandler } from './handler.ts'

const env = readEnv('find')
const log = openLog('find', env.STACK_ID)
const settings = settingsOf(env)

export const handler = guarded(
  log,
  findHandler({
    primitives: nodePrimitives,
    catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
    secrets: openIndexKey(env.INDEX_SECRET, settings),
  }),
  told,
)
