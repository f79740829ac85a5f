/**
 * What a function's role may do, in exact actions: CDK's own grants write wildcards. Where AWS offers no other way to name
 * what is meant than a wildcard in a resource (objects under a prefix), that one finding of cdk-nag is acknowledged here.
 */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { IConstruct } from 'constructs'
import { ROWS } from '../shared/platform/aws/catalogueKeys.ts'
import type { SafelightFunction } from './function.ts'
import { CONTEXT_KEY } from './keys.ts'

/** Whoever has a role: a function of ours, a workflow. */
export type Grantee = IConstruct & Pick<SafelightFunction, 'addToRolePolicy' | 'executionRole'>

const LEADING_KEYS = 'dynamodb:LeadingKeys'

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export function allow(
  to: Grantee,
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Conditions,
): void {
  to.addToRolePolicy(
    new PolicyStatement({ sid, actions: [...actions], resources: [...resources], ...(conditions && { conditions }) }),
  )
}

export function deny(to: Grantee, sid: string, actions: readonly string[], resources: readonly string[]): void {
  to.addToRolePolicy(
    new PolicyStatement({ sid, effect: Effect.DENY, actions: [...actions], resources: [...resources] }),
  )
}

/** One resource of one role. */
export function acknowledgeWildcard(on: Grantee, arn: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${spelled(on, arn)}]`
  Validations.of(on.executionRole).acknowledge({ id, reason })
}

/** As cdk-nag spells an ARN: references in angle brackets. */
function spelled(to: Grantee, arn: string): string {
  const spell = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return String(value)
    const [name, given]: [string?, unknown?] = Object.entries(value)[0] ?? []
    if (name === 'Fn::Join' && Array.isArray(given)) return given[1].map(spell).join(given[0])
    return `<${Array.isArray(given) ? given.join('.') : given}>`
  }
  return spell(Stack.of(to).resolve(arn))
}

/** Objects whose key begins with `prefix`: their ids are random, so no policy can name them one by one. */
export function onObjects(to: Grantee, sid: string, bucket: IBucket, prefix: string, actions: readonly string[]) {
  const objects = bucket.arnForObjects(`${prefix}*`)
  const named = actions.map((action) => `s3:${action}`)
  allow(to, sid, named, [objects])
  acknowledgeWildcard(
    to,
    objects,
    'Object keys are random ids. The actions are exact, and the bucket and prefix are the narrowest that hold them.',
  )
}

/** Without it S3 answers 403, not 404, for what isn't there: gone and forbidden would look alike. */
export function tellAbsent(to: Grantee, sid: string, bucket: IBucket): void {
  allow(to, sid, ['s3:ListBucket'], [bucket.bucketArn])
}

/** Makes data keys of this stack, and nothing else. */
export function generateDataKeys(to: Grantee, key: IKey, stackId: string): void {
  allow(to, 'GenerateDataKeys', ['kms:GenerateDataKey'], [key.keyArn], { StringEquals: { [CONTEXT_KEY]: stackId } })
}

export function decryptDataKeys(to: Grantee, key: IKey, stackId: string): void {
  allow(to, 'DecryptDataKeys', ['kms:Decrypt'], [key.keyArn], { StringEquals: { [CONTEXT_KEY]: stackId } })
}

export type Service = 's3' | 'sqs' | 'dynamodb' | 'secretsmanager'

/** A key by way of the services that encrypt with it, never by itself. */
export function throughService(
  to: Grantee,
  sid: string,
  key: IKey,
  actions: readonly string[],
  services: readonly Service[],
): void {
  const { region } = Stack.of(to)
  allow(to, sid, actions, [key.keyArn], {
    StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) },
  })
}

/** The key at rest. Writing takes both actions: S3 reads parts back when it joins them. */
export function useThrough(to: Grantee, sid: string, key: IKey, services: readonly Service[]): void {
  throughService(to, sid, key, ['kms:Decrypt', 'kms:GenerateDataKey'], services)
}

/** The whole table, whatever is in it. */
export function onTable(to: Grantee, sid: string, table: ITable, actions: readonly string[]): void {
  allow(to, sid, named(actions), [table.tableArn])
}

/**
 * Rows of these kinds and no others. DynamoDB authorises each member of a transaction as the call that it stands for, and
 * names the partition keys that a call touches in a list. Of no keys all would be as wanted: hence the second condition.
 */
export function onRows(
  to: Grantee,
  sid: string,
  catalogue: ITable,
  kinds: readonly (keyof typeof ROWS)[],
  actions: readonly string[],
): void {
  allow(to, sid, named(actions), [catalogue.tableArn], {
    'ForAllValues:StringLike': { [LEADING_KEYS]: kinds.map((kind) => `${ROWS[kind]}*`) },
    Null: { [LEADING_KEYS]: 'false' },
  })
}

function named(actions: readonly string[]): readonly string[] {
  return actions.map((action) => `dynamodb:${action}`)
}

export function sendTo(to: Grantee, sid: string, queue: IQueue): void {
  allow(to, sid, ['sqs:SendMessage'], [queue.queueArn])
}

/** Secrets of this stack's name, one a key generation: they are made long after the stack, each with a suffix by AWS. */
export function secretsUnder(to: Grantee, prefix: string): string {
  return Stack.of(to).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${prefix}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
