/**
 * LINK: signs links for principals of this account that IAM admits. It reaches the link key and, of the catalogue, the rows of
 * objects to look at and those of links and accesses to write; no data key, no seed, no object. Who takes it over opens nothing
 * by that, but can sign links to whatever there is and have OPEN open them, which is recorded there.
 */
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import { allow, onRows, useThrough } from './grants.ts'
import { makeFunction, type Parts, sharedEnv } from './parts.ts'

export class Linking extends Construct {
  readonly function: SafelightFunction
  readonly url: FunctionUrl

  constructor(scope: Construct, id: string, parts: Parts & { readonly linkOrigin: string }) {
    super(scope, id)
    const { flags, keys, tables, secrets, linkOrigin } = parts
    const link = makeFunction(this, parts, {
      name: 'link',
      description: 'signs links for IAM principals; opens none, and reaches no object',
      memoryMiB: 512,
      timeoutSeconds: 15,
      env: {
        ...sharedEnv(parts),
        CATALOGUE_TABLE: tables.catalogue.tableName,
        LINK_SECRET: secrets.link.name,
        LINK_ORIGIN: linkOrigin,
        DIRECT_LINKS: flags.directLinks ? 'true' : 'false',
      },
    })
    this.function = link
    onRows(link, 'LookAtObjects', tables.catalogue, ['object'], ['GetItem', 'ConditionCheckItem'])
    onRows(link, 'AddLinks', tables.catalogue, ['link', 'links', 'access'], ['PutItem'])
    allow(link, 'ReadLinkKey', ['secretsmanager:GetSecretValue'], [secrets.link.arn])
    useThrough(link, 'UseAtRest', keys.rest, ['dynamodb', 'secretsmanager'])
    this.url = link.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM })
  }
}
