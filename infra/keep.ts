/**
 * For whatever holds data or keys: it outlives its stack, and its logical id is ours, so that moving code about never makes
 * CloudFormation replace it. The ids are tested: changing one is losing what it holds.
 */
import { CfnResource, RemovalPolicy } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

export function keep(construct: IConstruct, logicalId: string, { ephemeral }: { readonly ephemeral: boolean }): void {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild
  if (!CfnResource.isCfnResource(resource)) throw new Error(`${construct.node.path} is no resource`)
  resource.overrideLogicalId(logicalId)
  resource.applyRemovalPolicy(ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN)
}
