/** The link function on AWS: promises bytes to principals whom AWS authenticated; it reaches no key to them. */
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openLinkKeys } from '../../shared/platform/aws/secrets.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { defaultPolicy, parsePolicy } from '../../shared/policy/policy.ts'
import { policyBeside } from '../beside.ts'
import { readEnv } from '../env.ts'
import { guarded, openLog } from '../log.ts'
import { clock, eventsOf, settingsOf } from '../platform.ts'
import { linkHandler } from './handler.ts'
import { linkUrlHandler } from './url.ts'

const env = readEnv('link')
const log = openLog('link', env.STACK_ID)
const settings = settingsOf(env)
const policy = policyBeside()

const link = linkHandler({
  ...{ primitives: nodePrimitives, clock, linkOrigin: env.LINK_ORIGIN },
  policy: policy === undefined ? defaultPolicy : parsePolicy(policy),
  threat: () => 'normal',
  catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
  secrets: openLinkKeys(env.LINK_SECRET, settings),
  events: eventsOf(env, log),
})

export const handler = guarded(
  log,
  linkUrlHandler({
    link,
    onError: (error) => log.failed('link-failed', error),
    believesInvoker: env.DIRECT_LINKS === 'true',
  }),
)
