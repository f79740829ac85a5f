/**
 * For whatever holds data or keys: it outlives its stack, and its logical id is ours, so that moving code about never makes
 * CloudFormation replace it. The ids are tested: changing one is losing what it holds.
 */
import { CfnResource, RemovalPolicy, Tags } from 'aws-cdk-lib'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { IConstruct } from 'constructs'
import { HOLDS_TAG, type Holds } from '../shared/platform/aws/holds.ts'

export function keep(construct: IConstruct, logicalId: string, { ephemeral }: { readonly ephemeral: boolean }): void {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild
  if (!CfnResource.isCfnResource(resource)) throw new Error(`${construct.node.path} is no resource`)
  resource.overrideLogicalId(logicalId)
  resource.applyRemovalPolicy(ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN)
}

/** Said on the bucket, so that nobody adopts it as an intake (shared/platform/aws/adopt.ts). */
export function holds(bucket: Bucket, what: Holds): void {
  Tags.of(bucket).add(HOLDS_TAG, what)
}
