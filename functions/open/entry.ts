/** The open function on AWS: links in, verified plaintext out; it writes nothing but uses and access events. */
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { openReadableS3Objects } from '../../shared/platform/aws/objects.ts'
import { openLinkKeys } from '../../shared/platform/aws/secrets.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { readEnv } from '../env.ts'
import { openLog } from '../log.ts'
import { clock, eventsOf, keyringOf, settingsOf } from '../platform.ts'
import { openHandler } from './handler.ts'
import { type AwsLambda, MOST_BUFFERED_BYTES } from './response.ts'
import { buffering, streaming } from './transport.ts'

declare const awslambda: AwsLambda

const env = readEnv('open')
const log = openLog('open', env.STACK_ID)
const settings = settingsOf(env)
const isBuffered = env.BUFFERED === 'true'

const open = openHandler(
  {
    ...{ primitives: nodePrimitives, clock, keyring: keyringOf(env, settings).keyring },
    objects: openReadableS3Objects({ vault: env.VAULT_BUCKET }, settings),
    catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
    secrets: openLinkKeys(env.LINK_SECRET, settings),
    events: eventsOf(env, log),
  },
  (error, object) => log.failed('open-failed', error, object === undefined ? {} : { object }),
  isBuffered ? MOST_BUFFERED_BYTES : undefined,
)

export const handler = isBuffered ? buffering(log, open) : streaming(log, open, awslambda)
