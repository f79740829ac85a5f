/** The keys function on AWS: seeds are made here, or adopted where a stack stands by; nobody sees them. */
import { adoptKeys, rotateElsewhere } from '../../shared/platform/aws/keyAdopting.ts'
import type { KemOrigin } from '../../shared/platform/aws/keyGeneration.ts'
import { initKeys, rotateKeys } from '../../shared/platform/aws/keyMaking.ts'
import { listKeys, RetiringRefused, retire, unretire } from '../../shared/platform/aws/keyRetiring.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog, told } from '../log.ts'
import { clock, settingsOf } from '../platform.ts'
import { keysHandler } from './handler.ts'
import { answeringRefusals } from './refusals.ts'

const env = readEnv('keys')
const log = openLog('keys', env.STACK_ID)
const settings = settingsOf(env)
const place = {
  ...{ table: env.KEY_TABLE, dataKeyArn: env.DATA_KEY_ARN },
  ...{ linkSecret: env.LINK_SECRET, indexSecret: env.INDEX_SECRET },
}
const { KEM_CUSTODY: custody, SEED_PREFIX: seedPrefix, SEED_KEY_ARN: seedKeyArn, REPLICA_REGION: replicaRegion } = env
const origin: KemOrigin =
  custody === 'seed' ? { custody, seedPrefix, seedKeyArn, replicaRegion } : { custody, seedPrefix }
const ports = { primitives: nodePrimitives, settings, clock }
const isMaker = env.KEYS_ARE_MADE === 'here'

export const handler = guarded(
  log,
  answeringRefusals(
    keysHandler({
      init: () => (isMaker ? initKeys(place, origin, ports) : adoptKeys(place, env.SEED_PREFIX, ports)),
      rotate: () => (isMaker ? rotateKeys(place, origin, ports) : rotateElsewhere()),
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
  ),
  told,
)
