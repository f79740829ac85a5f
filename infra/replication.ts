/**
 * The vault, copied as it grows into the vault of the stack that stands by in another region: S3 does it, under a role that
 * reads here and adds there. It copies what is written from then on, tombstones too, and never a deletion.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib'
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { acknowledgeWildcard, allow } from './grants.ts'

export interface ReplicationProps {
  readonly flags: Flags
  readonly bucket: Bucket
  /** What the bucket is encrypted with here. */
  readonly key: IKey
  readonly to: NonNullable<Flags['replica']>
}

export class Replication extends Construct {
  readonly executionRole: Role

  constructor(scope: Construct, id: string, { flags, bucket, key, to }: ReplicationProps) {
    super(scope, id)
    const stack = Stack.of(this)
    this.executionRole = new Role(this, 'Role', {
      description: `${flags.stack}: copies the vault to another region`,
      assumedBy: new ServicePrincipal('s3.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    })
    const there = stack.formatArn({ service: 's3', region: '', account: '', resource: to.vault })
    const [ours, theirs] = [bucket.arnForObjects('*'), `${there}/*`]
    const locked = flags.objectLock === undefined ? [] : ['s3:GetObjectRetention', 's3:GetObjectLegalHold']
    allow(this, 'ListVault', ['s3:GetReplicationConfiguration', 's3:ListBucket'], [bucket.bucketArn])
    allow(this, 'ReadVault', ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', ...locked], [ours])
    allow(this, 'AddReplicas', ['s3:ReplicateObject'], [theirs])
    allow(this, 'ReadAtRest', ['kms:Decrypt'], [key.keyArn], via(stack.region))
    allow(this, 'WriteAtRest', ['kms:GenerateDataKey', 'kms:Encrypt'], [to.key], via(regionOf(stack, to.key)))
    for (const arn of [ours, theirs]) {
      acknowledgeWildcard(
        this,
        arn,
        'S3 copies whatever is in the vault: object keys are random ids, and the actions are exact.',
      )
    }
    const resource = bucket.node.defaultChild
    if (!(resource instanceof CfnBucket)) throw new Error('the vault is no bucket')
    resource.replicationConfiguration = {
      role: this.executionRole.roleArn,
      rules: [
        {
          ...{ id: 'Elsewhere', status: 'Enabled', priority: 1, filter: { prefix: '' } },
          deleteMarkerReplication: { status: 'Disabled' },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
          destination: { bucket: there, encryptionConfiguration: { replicaKmsKeyId: to.key } },
        },
      ],
    }
  }

  addToRolePolicy(statement: PolicyStatement): void {
    this.executionRole.addToPrincipalPolicy(statement)
  }
}

const via = (region: string) => ({ StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } })

function regionOf(stack: Stack, arn: string): string {
  const { region } = stack.splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME)
  if (region === undefined) throw new Error('replicaKey is no ARN of a key')
  return region
}
