/** The keys function on AWS: seeds are made here, where nobody sees them. */
import { initKeys, rotateKeys } from '../../shared/platform/aws/keyMaking.ts'
import { listKeys, RetiringRefused, retire, unretire } from '../../shared/platform/aws/keyRetiring.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog, told } from '../log.ts'
import { clock, settingsOf } from '../platform.ts'
import { keysHandler } from './handler.ts'

const env = readEnv('keys')
const log = openLog('keys', env.STACK_ID)
const settings = settingsOf(env)
const place = {
  ...{ table: env.KEY_TABLE, dataKeyArn: env.DATA_KEY_ARN },
  ...{ linkSecret: env.LINK_SECRET, indexSecret: env.INDEX_SECRET },
}
const origin =
  env.KEM_CUSTODY === 'seed'
    ? ({ custody: 'seed', seedPrefix: env.SEED_PREFIX, seedKeyArn: env.SEED_KEY_ARN } as const)
    : ({ custody: 'kms', seedPrefix: env.SEED_PREFIX } as const)
const ports = { primitives: nodePrimitives, settings, clock }

export const handler = guarded(
  log,
  keysHandler({
    init: () => initKeys(place, origin, ports),
    rotate: () => rotateKeys(place, origin, ports),
    list: () => listKeys(place, settings),
    retire: (generation, { keyId, ...counted }) =>
      retire(
        env.KEY_TABLE,
        generation,
        async (asked) => {
          if (asked !== keyId) throw new RetiringRefused(`what was counted is not about generation ${generation}`)
          return counted
        },
        settings,
      ),
    unretire: (generation) => unretire(env.KEY_TABLE, generation, settings),
  }),
  told,
)
