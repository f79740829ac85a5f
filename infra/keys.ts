/**
 * The three KMS keys. *Data* wraps data keys, and only under this stack's encryption context; *rest* is what S3, SQS,
 * DynamoDB and Secrets Manager encrypt with, and only through them; *seed* encrypts the ML-KEM seeds. The seed key is used by
 * those who open (open, verify), by rewrap, which opens envelopes to wrap them anew, and by keys, which makes seeds and tries
 * that each opens what it sealed before anything is sealed under it.
 */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib'
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam'
import { CfnReplicaKey, type IKey, Key, KeySpec } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { keep } from './keep.ts'

/**
 * Everything about a key but its use and grants of it: whoever administers it can't decrypt with it by that alone. Who may
 * change its policy can allow themselves to.
 */
const ADMINISTRATION = [
  ...['CreateAlias', 'DeleteAlias', 'DescribeKey', 'DisableKey', 'DisableKeyRotation', 'EnableKey'],
  ...['EnableKeyRotation', 'GetKeyPolicy', 'GetKeyRotationStatus', 'GetPublicKey', 'ListAliases', 'ListGrants'],
  ...['ListKeyPolicies', 'ListKeyRotations', 'ListResourceTags', 'ListRetirableGrants', 'PutKeyPolicy', 'ReplicateKey'],
  ...['RetireGrant', 'RevokeGrant', 'RotateKeyOnDemand', 'ScheduleKeyDeletion', 'CancelKeyDeletion', 'TagResource'],
  ...['UntagResource', 'UpdateAlias', 'UpdateKeyDescription', 'UpdatePrimaryRegion', 'SynchronizeMultiRegionKey'],
].map((action) => `kms:${action}`)

const USE = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
].map((action) => `kms:${action}`)

/** The condition key that KMS compares with each request's encryption context (shared/keys/context.ts). */
export const CONTEXT_KEY = 'kms:EncryptionContext:stack'

export class Keys extends Construct {
  readonly data: IKey
  readonly rest: Key
  readonly seed: IKey

  constructor(scope: Construct, id: string, flags: Flags) {
    super(scope, id)
    const { primary, multiRegion } = flags
    const days = flags.ephemeral ? 7 : 30
    const about = (description: string, use: readonly PolicyStatement[]) => ({
      description: `${flags.stack}: ${description}`,
      policy: new PolicyDocument({ statements: [administration(), ...use] }),
    })
    const make = (name: string, isMultiRegion: boolean, of: ReturnType<typeof about>) => {
      const key = new Key(this, name, {
        ...of,
        keySpec: KeySpec.SYMMETRIC_DEFAULT,
        enableKeyRotation: true,
        multiRegion: isMultiRegion,
        pendingWindow: Duration.days(days),
      })
      keep(key, `${name}Key`, flags)
      return key
    }
    const replicate = (name: string, id: string, from: string, of: ReturnType<typeof about>) => {
      const replica = new CfnReplicaKey(this, `${name}Replica`, {
        ...{ description: of.description, keyPolicy: of.policy, pendingWindowInDays: days },
        primaryKeyArn: keyArnIn(this, from, id),
      })
      keep(replica, `${name}Key`, flags)
      return Key.fromKeyArn(this, name, replica.attrArn)
    }
    const elsewhere = multiRegion ?? primary?.region
    const data = about('wraps data keys', dataUse(flags.stackId))
    const seed = about('encrypts ML-KEM seeds', [through(this, ['secretsmanager'], elsewhere)])
    this.rest = make('Rest', false, about('encrypts buckets, queues and tables at rest', restUse(this)))
    this.data = primary
      ? replicate('Data', primary.dataKey, primary.region, data)
      : make('Data', multiRegion !== undefined, data)
    this.seed = primary
      ? replicate('Seed', primary.seedKey, primary.region, seed)
      : make('Seed', multiRegion !== undefined, seed)
  }
}

/** Where a multi-region key of this account is in another region: there it has the same id. */
export function keyArnIn(scope: Construct, region: string, id: string): string {
  const about = { service: 'kms', resource: 'key', arnFormat: ArnFormat.SLASH_RESOURCE_NAME }
  return Stack.of(scope).formatArn({ ...about, region, resourceName: id })
}

function administration(): PolicyStatement {
  const about = { sid: 'Administration', principals: [new AccountRootPrincipal()], resources: ['*'] }
  return new PolicyStatement({ ...about, actions: ADMINISTRATION })
}

/** Nobody, an administrator included, uses the data key under another context than this stack's, or under none. */
function dataUse(stackId: string): PolicyStatement[] {
  const actions = USE
  return [
    new PolicyStatement({
      sid: 'UseUnderContext',
      principals: [new AccountRootPrincipal()],
      actions,
      resources: ['*'],
      conditions: { StringEquals: { [CONTEXT_KEY]: stackId } },
    }),
    new PolicyStatement({
      sid: 'NoUseWithoutContext',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions,
      resources: ['*'],
      conditions: { StringNotEquals: { [CONTEXT_KEY]: stackId } },
    }),
  ]
}

/** Principals of this account that their own policies let, and only on behalf of these services, here or in that region. */
function through(scope: Construct, services: readonly string[], elsewhere?: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'UseThroughServices',
    principals: [new AccountRootPrincipal()],
    actions: [...USE, 'kms:DescribeKey', 'kms:CreateGrant'],
    resources: ['*'],
    conditions: { StringEquals: { 'kms:ViaService': viaServices(scope, services, elsewhere) } },
  })
}

export function viaServices(scope: Construct, services: readonly string[], elsewhere?: string): readonly string[] {
  const regions = [Stack.of(scope).region, ...(elsewhere === undefined ? [] : [elsewhere])]
  return regions.flatMap((region) => services.map((service) => `${service}.${region}.amazonaws.com`))
}

/** Services that put messages into encrypted queues by themselves. */
const SENDERS = ['s3', 'events']

function restUse(scope: Construct): PolicyStatement[] {
  return [
    through(scope, ['s3', 'sqs', 'dynamodb', 'secretsmanager']),
    new PolicyStatement({
      sid: 'NotificationsOfThisAccount',
      principals: SENDERS.map((sender) => new ServicePrincipal(`${sender}.amazonaws.com`)),
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  ]
}
