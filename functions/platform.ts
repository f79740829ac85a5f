/** What several functions' entries make alike of their environment: AWS's parts behind the ports. */
import { openKemCustody } from '../shared/platform/aws/custody.ts'
import { openEventBridge } from '../shared/platform/aws/events.ts'
import { openKeyRegister } from '../shared/platform/aws/keyRegister.ts'
import { openKmsKeyService } from '../shared/platform/aws/keyService.ts'
import type { AwsSettings } from '../shared/platform/aws/settings.ts'
import type { Clock, Events } from '../shared/platform/ports.ts'
import type { Env } from './env.ts'
import type { Log } from './log.ts'

type Shared = Pick<Env<'seal'>, 'STACK_ID' | 'EVENT_BUS' | 'ALLOW_CLASSICAL_TLS'>
type Opening = Pick<Env<'open'>, 'STACK_ID' | 'KEY_TABLE' | 'DATA_KEY_ARN' | 'SEED_PREFIX' | 'OTHER_REGION'>

export const clock: Clock = { now: Date.now }

export function settingsOf({ ALLOW_CLASSICAL_TLS }: Shared): AwsSettings {
  return { allowClassicalTls: ALLOW_CLASSICAL_TLS === 'true' }
}

export function eventsOf(env: Shared, log: Log): Events {
  const onLost = (count: number) => log.info('events-lost', { count })
  return openEventBridge(env.EVENT_BUS, settingsOf(env), { onLost })
}

/** Everything that unwraps data keys. */
export function keyringOf(env: Opening, settings: AwsSettings) {
  const register = openKeyRegister(env.KEY_TABLE, settings)
  const allowed = () => register.dataKeyArns()
  const keyService = openKmsKeyService({ keyArn: env.DATA_KEY_ARN, allowed, otherRegion: env.OTHER_REGION }, settings)
  const custody = openKemCustody(register, env.SEED_PREFIX, settings)
  return { register, keyService, keyring: { stackId: env.STACK_ID, custody, keyService } }
}
