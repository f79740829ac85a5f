/** The rewrap function on AWS. */
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openKemPublicKeys } from '../../shared/platform/aws/keyRegister.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog, told } from '../log.ts'
import { keyringOf, settingsOf } from '../platform.ts'
import { rewrapHandler } from './handler.ts'

const env = readEnv('rewrap')
const log = openLog('rewrap', env.STACK_ID)
const settings = settingsOf(env)
const { register, keyService, keyring } = keyringOf(env, settings)

export const handler = guarded(
  log,
  rewrapHandler(
    {
      ...{ primitives: nodePrimitives, keyring, dataKeys: keyService, kem: openKemPublicKeys(register) },
      objects: openS3Objects({ vault: env.VAULT_BUCKET }, settings),
      catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
    },
    ({ sealedId, error }) => log.failed('rewrap-failed', error, { object: sealedId }),
    register.readNow,
  ),
  told,
)
