/**
 * Two secrets that aren't data keys: what signs links, and under what the catalogue indexes names. They are made empty;
 * `keys init` fills them, so that no template and no CloudFormation event ever holds a value. A stack that stands by reads the
 * replicas of those of its primary, which have the same names.
 */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { keep } from './keep.ts'

export interface NamedSecret {
  readonly name: string
  readonly arn: string
}

export class Secrets extends Construct {
  readonly link: NamedSecret
  readonly index: NamedSecret

  constructor(scope: Construct, id: string, { flags, key }: { readonly flags: Flags; readonly key: IKey }) {
    super(scope, id)
    const make = (name: string, description: string, reason: string) => {
      const secretName = `${flags.stack}/${name.toLowerCase()}`
      if (flags.primary) return { name: secretName, arn: replicaArn(this, secretName) }
      const secret = new CfnSecret(this, name, {
        name: secretName,
        description: `${flags.stack}: ${description}`,
        kmsKeyId: key.keyArn,
        ...(flags.multiRegion !== undefined && { replicaRegions: [{ region: flags.multiRegion }] }),
      })
      keep(secret, `${name}Secret`, flags)
      Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason })
      return { name: secretName, arn: secret.attrId }
    }
    this.link = make(
      'Link',
      'signs links',
      '`safelight keys rotate` rotates it and keeps the last generation for links in use; a rotation function would be one more holder.',
    )
    this.index = make(
      'Index',
      'indexes names in the catalogue',
      'It names every source in the catalogue: another value would make every upload unknown, and open all of them to being sealed twice.',
    )
  }
}

/** Six random characters end it, which the primary's secret has, too. */
function replicaArn(scope: Construct, secretName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secretName}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
