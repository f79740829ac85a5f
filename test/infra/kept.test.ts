// What holds data or keys outlives its stack and keeps its logical id: CloudFormation replaces what is renamed.
import { expect, test } from 'vitest'
import { HOLDS_TAG } from '../../shared/platform/aws/holds.ts'
import { fieldOf, listOf, ofType, textOf } from './policies.ts'
import { synth, withStack } from './synth.ts'

const template = synth()

/** Never to be changed: a deployment's data lies under these. */
const KEPT = {
  'AWS::DynamoDB::Table': ['CatalogueTable', 'KeyTable'],
  'AWS::KMS::Key': ['DataKey', 'RestKey', 'SeedKey'],
  'AWS::S3::Bucket': ['BackfillBucket', 'IntakeBucket', 'VaultBucket', 'VaultLogBucket'],
  'AWS::SecretsManager::Secret': ['IndexSecret', 'LinkSecret'],
}

test.each(Object.entries(KEPT))('%s: the logical ids are what they always were', (type, ids) => {
  expect(
    ofType(template, type)
      .map(([id]) => id)
      .toSorted(),
  ).toEqual(ids)
})

test.each(Object.keys(KEPT))('%s: is retained, whatever becomes of the stack', (type) => {
  for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of ofType(template, type)) {
    expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain'])
  }
})

test('the stack is protected against being deleted, unless it is ephemeral', () => {
  const isProtected = (flags: Readonly<Record<string, unknown>>) =>
    withStack(flags, undefined, (_app, stack) => stack.terminationProtection)
  expect(isProtected({})).toBe(true)
  expect(isProtected({ ephemeral: 'true' })).toBe(false)
})

test('an ephemeral stack retains nothing', () => {
  const ephemeral = synth({ ephemeral: true })
  for (const type of Object.keys(KEPT)) {
    for (const [id, { DeletionPolicy }] of ofType(ephemeral, type)) expect([id, DeletionPolicy]).toEqual([id, 'Delete'])
  }
})

test('no lifecycle rule ever expires an object version of intake or vault', () => {
  for (const id of ['IntakeBucket', 'VaultBucket']) {
    const rules = listOf(fieldOf(template.Resources[id]?.Properties.LifecycleConfiguration, 'Rules'))
    expect(rules).toHaveLength(2)
    for (const rule of rules) {
      const does = Object.keys(rule ?? {}).filter((key) => !['Id', 'Status', 'Prefix'].includes(key))
      expect(['ExpiredObjectDeleteMarker', 'AbortIncompleteMultipartUpload']).toContain(does.join())
    }
  }
})

test('both tables recover to a point in time, under a key of ours, and refuse to be deleted', () => {
  for (const [, { Properties }] of ofType(template, 'AWS::DynamoDB::Table')) {
    expect(Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    })
    expect(textOf(fieldOf(Properties.SSESpecification, 'KMSMasterKeyId'))).toBe('<RestKey>')
  }
})

test('buckets are versioned, closed to the public, and refuse what is not TLS', () => {
  for (const [id, { Properties }] of ofType(template, 'AWS::S3::Bucket')) {
    expect(Properties.PublicAccessBlockConfiguration, id).toEqual({
      ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    })
    if (id !== 'VaultLogBucket') expect(Properties.VersioningConfiguration, id).toEqual({ Status: 'Enabled' })
    const policy = ofType(template, 'AWS::S3::BucketPolicy').find(
      ([, made]) => textOf(made.Properties.Bucket) === `<${id}>`,
    )
    expect(JSON.stringify(policy?.[1]), id).toContain('"aws:SecureTransport":"false"')
  }
})

test('buckets of ours that are no intake say so, and are adopted by nobody', () => {
  const tagged = ofType(template, 'AWS::S3::Bucket').map(([id, { Properties }]) => {
    const tag = listOf(Properties.Tags).find((one) => fieldOf(one, 'Key') === HOLDS_TAG)
    return [id, fieldOf(tag, 'Value')]
  })
  expect(tagged.toSorted()).toEqual([
    ['BackfillBucket', 'inventories and results'],
    ['IntakeBucket', undefined],
    ['VaultBucket', 'sealed objects'],
    ['VaultLogBucket', 'access logs of a vault'],
  ])
})

test('the vault refuses every put that does not say "only if absent"', () => {
  const [, policy] = ofType(template, 'AWS::S3::BucketPolicy').find(([id]) => id.startsWith('VaultBucket')) ?? []
  const statements = listOf(fieldOf(policy?.Properties.PolicyDocument, 'Statement'))
  expect(statements).toContainEqual(
    expect.objectContaining({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:PutObject',
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    }),
  )
})

test('with Object Lock the vault holds its objects for the days asked for', () => {
  const locked = synth({ objectLock: '30' }).Resources.VaultBucket?.Properties
  expect(locked).toMatchObject({
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 30 } } },
  })
})

test('only erase is told of the lock, and only it may bypass it', () => {
  for (const [given, told] of [
    [{ objectLock: '30' }, 'true'],
    [{}, 'false'],
  ] as const) {
    const { Resources } = synth(given)
    const environments = Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
      const text = Type === 'AWS::Lambda::Function' ? JSON.stringify(Properties) : ''
      return text.includes('VAULT_IS_LOCKED') ? [[id, text.includes(`"VAULT_IS_LOCKED":"${told}"`)]] : []
    })
    expect(environments).toEqual([[expect.stringContaining('Erase'), true]])
    const powers = Object.entries(Resources).filter(([, { Type, Properties }]) => {
      if (Type !== 'AWS::IAM::Policy') return false
      const statements = listOf(fieldOf(Properties.PolicyDocument, 'Statement'))
      const bypassing = statements.filter((one) => JSON.stringify(one).includes('s3:BypassGovernanceRetention'))
      return bypassing.some((one) => fieldOf(one, 'Effect') === 'Allow')
    })
    expect(powers.map(([id]) => id)).toEqual(told === 'true' ? [expect.stringContaining('Erase')] : [])
  }
})
