/**
 * The three KMS keys. *Data* wraps data keys, and only under this stack's encryption context; *rest* is what S3, SQS,
 * DynamoDB and Secrets Manager encrypt with, and only through them; *seed* encrypts the ML-KEM seeds.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam'
import { Key, KeySpec } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { keep } from './keep.ts'

/** Everything about a key but its use: whoever administers it can't decrypt with it by that alone. */
const ADMINISTRATION = [
  ...['CreateAlias', 'CreateGrant', 'DeleteAlias', 'DescribeKey', 'DisableKey', 'DisableKeyRotation', 'EnableKey'],
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
  readonly data: Key
  readonly rest: Key
  readonly seed: Key

  constructor(scope: Construct, id: string, flags: Flags) {
    super(scope, id)
    const make = (name: string, description: string, use: readonly PolicyStatement[], multiRegion: boolean) => {
      const key = new Key(this, name, {
        description: `${flags.stack}: ${description}`,
        keySpec: KeySpec.SYMMETRIC_DEFAULT,
        enableKeyRotation: true,
        multiRegion,
        pendingWindow: Duration.days(flags.ephemeral ? 7 : 30),
        policy: new PolicyDocument({ statements: [administration(), ...use] }),
      })
      keep(key, `${name}Key`, flags)
      return key
    }
    const elsewhere = flags.multiRegion !== undefined
    this.data = make('Data', 'wraps data keys', dataUse(flags.stackId), elsewhere)
    this.rest = make('Rest', 'encrypts buckets, queues and tables at rest', restUse(this), false)
    this.seed = make('Seed', 'encrypts ML-KEM seeds', [through(this, ['secretsmanager'])], elsewhere)
  }
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

/** Principals of this account that their own policies let, and only on behalf of these services. */
function through(scope: Construct, services: readonly string[]): PolicyStatement {
  const { region } = Stack.of(scope)
  return new PolicyStatement({
    sid: 'UseThroughServices',
    principals: [new AccountRootPrincipal()],
    actions: [...USE, 'kms:DescribeKey', 'kms:CreateGrant'],
    resources: ['*'],
    conditions: { StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) } },
  })
}

/** Services that put messages into encrypted queues and topics by themselves. */
const SENDERS = ['s3', 'events', 'cloudwatch']

function restUse(scope: Construct): PolicyStatement[] {
  return [
    through(scope, ['s3', 'sqs', 'dynamodb', 'secretsmanager', 'sns']),
    new PolicyStatement({
      sid: 'NotificationsOfThisAccount',
      principals: SENDERS.map((sender) => new ServicePrincipal(`${sender}.amazonaws.com`)),
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  ]
}
