/** The functions of a stack, made cold as their entries make them, at an address of the test's. */
import { keysHandler } from '../../../functions/keys/handler.ts'
import { linkHandler } from '../../../functions/link/handler.ts'
import type { Log } from '../../../functions/log.ts'
import { openHandler } from '../../../functions/open/handler.ts'
import { buffering } from '../../../functions/open/transport.ts'
import { keyringOf } from '../../../functions/platform.ts'
import { rewrapHandler } from '../../../functions/rewrap/handler.ts'
import { sealHandler } from '../../../functions/seal/handler.ts'
import { sweepHandler } from '../../../functions/sweep/handler.ts'
import { lostHandler } from '../../../functions/sweep/lost.ts'
import { verifyHandler } from '../../../functions/verify/handler.ts'
import type { RewrapStep } from '../../../shared/flow/rewrap.ts'
import type { SealOutcome } from '../../../shared/flow/seal.ts'
import type { VerifyOutcome } from '../../../shared/flow/verify.ts'
import { openDynamoCatalogue } from '../../../shared/platform/aws/catalogue.ts'
import { openEventBridge } from '../../../shared/platform/aws/events.ts'
import { rotateKeys } from '../../../shared/platform/aws/keyMaking.ts'
import { openKemPublicKeys, openKeyRegister } from '../../../shared/platform/aws/keyRegister.ts'
import { listKeys, RetiringRefused, retire, unretire } from '../../../shared/platform/aws/keyRetiring.ts'
import { openKmsDataKeys } from '../../../shared/platform/aws/keyService.ts'
import { openReadableS3Objects, openS3Objects } from '../../../shared/platform/aws/objects.ts'
import { openSqsOutages } from '../../../shared/platform/aws/outages.ts'
import { openSqsQueue } from '../../../shared/platform/aws/queue.ts'
import { openIndexKey, openLinkKeys } from '../../../shared/platform/aws/secrets.ts'
import type { AwsSettings } from '../../../shared/platform/aws/settings.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { PREVIEWS } from '../../support/world.ts'
import type { TestStack } from './stack.ts'

/** Every 15 minutes, as functions/sweep/entry.ts has it. */
export const QUIET_MS = 15 * 60_000
/** No detector: everything is unreadable, so restricted, and nothing has to be loaded. */
const models = { ok: false, versions: {}, problems: ['left out by the test'] } as const
const SILENT: Log = { info: () => {}, warn: () => {}, failed: () => {} }

export interface Told {
  readonly sealed: SealOutcome[]
  readonly verified: VerifyOutcome[]
  readonly errors: unknown[]
  readonly rewraps: RewrapStep[]
}

export type Functions = ReturnType<typeof functionsOf>

export function functionsOf({ env, place, origin, clock }: TestStack, settings: AwsSettings) {
  const told: Told = { sealed: [], verified: [], errors: [], rewraps: [] }
  const buckets = { intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }
  const events = () => openEventBridge(env.EVENT_BUS, settings)
  const catalogue = () => openDynamoCatalogue(env.CATALOGUE_TABLE, settings)
  const keyring = () => keyringOf(env, settings)
  const onError = (_: string, error: unknown) => void told.errors.push(error)
  const keyPorts = { primitives, settings, clock }
  const sweepFunction = {
    ports: {
      ...{ primitives, clock, catalogue: catalogue() },
      objects: openS3Objects(buckets, settings),
      secrets: openIndexKey(env.INDEX_SECRET, settings),
    },
    queues: {
      seal: openSqsQueue(env.SEAL_QUEUE_URL, settings),
      verify: openSqsQueue(env.VERIFY_QUEUE_URL, settings),
    },
    bucketNames: buckets,
    quietMs: QUIET_MS,
  }
  return {
    told,
    seal: sealHandler({
      ports: {
        ...{ primitives, clock, models, stackId: env.STACK_ID, policy: PREVIEWS, threat: () => 'normal' },
        objects: openS3Objects(buckets, settings),
        kem: openKemPublicKeys(openKeyRegister(env.KEY_TABLE, settings)),
        dataKeys: openKmsDataKeys(env.DATA_KEY_ARN, settings),
        events: events(),
      },
      bucketName: env.INTAKE_BUCKET,
      outages: openSqsOutages(env.SEAL_QUEUE_URL, env.SEAL_DEAD_QUEUE_URL, settings),
      onSealed: (outcome) => void told.sealed.push(outcome),
      onError,
    }),
    verify: verifyHandler({
      ports: {
        ...{ primitives, clock, keyring: keyring().keyring, events: events() },
        objects: openS3Objects(buckets, settings),
        catalogue: catalogue(),
        secrets: openIndexKey(env.INDEX_SECRET, settings),
      },
      bucketName: env.VAULT_BUCKET,
      onVerified: (outcome) => void told.verified.push(outcome),
      onError,
    }),
    sweep: sweepHandler(sweepFunction),
    lost: lostHandler(sweepFunction),
    link: linkHandler({
      ...{ primitives, clock, linkOrigin: 'https://link.invalid', policy: PREVIEWS, threat: () => 'normal' },
      ...{ catalogue: catalogue(), secrets: openLinkKeys(env.LINK_SECRET, settings), events: events() },
    }),
    open: buffering(
      SILENT,
      openHandler(
        {
          ...{ primitives, clock, keyring: keyring().keyring, catalogue: catalogue(), events: events() },
          objects: openReadableS3Objects({ vault: env.VAULT_BUCKET }, settings),
          secrets: openLinkKeys(env.LINK_SECRET, settings),
        },
        (error) => void told.errors.push(error),
      ),
    ),
    rewrap: rewrapFunction(),
    keys: keysHandler({
      init: async () => {
        throw new Error('made with the stack')
      },
      rotate: () => rotateKeys(place, origin, keyPorts),
      list: () => listKeys(place, settings),
      retire: (generation, { keyId, ...counted }) =>
        retire(
          place.table,
          generation,
          async (asked) => {
            if (asked !== keyId) throw new RetiringRefused('counted for another')
            return counted
          },
          settings,
        ),
      unretire: (generation) => unretire(place.table, generation, settings),
    }),
  }

  function rewrapFunction() {
    const { register, keyService, keyring: ring } = keyring()
    const ports = {
      ...{ primitives, keyring: ring, dataKeys: keyService, kem: openKemPublicKeys(register) },
      ...{ objects: openS3Objects({ vault: env.VAULT_BUCKET }, settings), catalogue: catalogue() },
    }
    return rewrapHandler(ports, (step) => void told.rewraps.push(step), register.readNow)
  }
}
