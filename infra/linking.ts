/**
 * LINK: signs links for principals of this account that IAM admits. It reaches the catalogue and the link key; no data key, no
 * seed, no object, so that who takes it over can promise bytes but never read them.
 */
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import { allow, onTable, useThrough } from './grants.ts'
import { makeFunction, type Parts, sharedEnv } from './parts.ts'

export class Linking extends Construct {
  readonly function: SafelightFunction
  readonly url: FunctionUrl

  constructor(scope: Construct, id: string, parts: Parts & { readonly linkOrigin: string }) {
    super(scope, id)
    const { flags, keys, tables, secrets, linkOrigin } = parts
    const link = makeFunction(this, parts, {
      name: 'link',
      description: 'signs links for IAM principals; reaches no key and no object',
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
    onTable(link, 'AddLinks', tables.catalogue, ['GetItem', 'PutItem', 'ConditionCheckItem'])
    allow(link, 'ReadLinkKey', ['secretsmanager:GetSecretValue'], [secrets.link.arn])
    useThrough(link, 'UseAtRest', keys.rest, ['dynamodb', 'secretsmanager'])
    this.url = link.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM })
  }
}
