// Two stacks of one name in two regions: the one makes keys, the other has replicas of them, and what is in one opens in the other.
import { describe, expect, test } from 'vitest'
import {
  actionsOf,
  actionsOn,
  documentOf,
  fieldOf,
  functionOf,
  listOf,
  ofType,
  statementsOf,
  textOf,
} from './policies.ts'
import { synth, type Template } from './synth.ts'

const [HOME, THERE] = ['us-east-1', 'eu-west-1']
const KEYS = { dataKey: 'mrk-0123456789abcdef0123456789abcdef', seedKey: 'mrk-fedcba9876543210fedcba9876543210' }
const STANDBY = { primary: HOME, ...KEYS }
const REPLICA = { replicaVault: 'the-other-vault', replicaKey: `arn:aws:kms:${THERE}:000000000000:key/there` }
const OPENING = ['Verifying', 'Opening', 'KeepingRewrap']

const primary = synth({ multiRegion: THERE, ...REPLICA })
const standby = synth(STANDBY)
const environmentOf = (template: Template, word: string) =>
  fieldOf(functionOf(template, word).Properties.Environment, 'Variables')

describe('the stack that makes keys', () => {
  test('makes data and seed keys that can be replicated, and the key at rest for itself', () => {
    const keys = ofType(primary, 'AWS::KMS::Key').map(([id, { Properties }]) => [id, Properties.MultiRegion])
    expect(Object.fromEntries(keys)).toMatchObject({ DataKey: true, SeedKey: true, RestKey: false })
  })

  test('has link and index secrets replicated, and lets its keys function alone replicate seeds, under the seed key', () => {
    for (const [id, { Properties }] of ofType(primary, 'AWS::SecretsManager::Secret')) {
      expect(Properties.ReplicaRegions, id).toEqual([{ Region: THERE }])
    }
    const replicates = 'secretsmanager:ReplicateSecretToRegions'
    expect(actionsOn(statementsOf(primary, 'KeepingKeys'), ':secret:Safelight/seeds/*')).toContain(replicates)
    for (const role of [...OPENING, 'Sealing', 'Linking', 'Sweeping', 'KeepingErase']) {
      expect(actionsOf(statementsOf(primary, role)), role).not.toContain(replicates)
    }
    const there = statementsOf(primary, 'KeepingKeys').find(({ Sid }) => Sid === 'SealReplicas')
    expect(there?.actions).toEqual(['kms:GenerateDataKey', 'kms:Encrypt'])
    expect(there?.resources[0]).toContain(`:kms:${THERE}:`)
    expect(there?.conditions.StringEquals).toHaveProperty(['kms:ViaService'])
    expect(environmentOf(primary, 'KeepingKeys')).toMatchObject({ REPLICA_REGION: THERE, KEYS_ARE_MADE: 'here' })
  })

  test('has S3 copy every object of the vault that is written, and no deletion', () => {
    const configuration = primary.Resources.VaultBucket?.Properties.ReplicationConfiguration
    const [rule, ...others] = listOf(fieldOf(configuration, 'Rules'))
    expect(others).toEqual([])
    expect(rule).toMatchObject({
      ...{ Status: 'Enabled', Filter: { Prefix: '' }, DeleteMarkerReplication: { Status: 'Disabled' } },
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
      Destination: { EncryptionConfiguration: { ReplicaKmsKeyID: REPLICA.replicaKey } },
    })
    expect(textOf(fieldOf(fieldOf(rule, 'Destination'), 'Bucket'))).toMatch(/:s3:::the-other-vault$/)
  })

  test("lets S3's role read the one vault and add replicas to the other, and nothing else", () => {
    const [, policy] = ofType(primary, 'AWS::IAM::Policy').find(([id]) => id.startsWith('Replication')) ?? []
    const statements = documentOf(policy?.Properties.PolicyDocument)
    expect(actionsOf(statements).toSorted()).toEqual([
      ...['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 's3:GetObjectVersionAcl'],
      ...['s3:GetObjectVersionForReplication', 's3:GetReplicationConfiguration', 's3:ListBucket', 's3:ReplicateObject'],
    ])
    expect(actionsOn(statements, 'the-other-vault')).toEqual(['s3:ReplicateObject'])
    expect(actionsOn(statements, '<DataKey>')).toEqual([])
    const withKeys = statements.filter(({ actions }) => actions.some((action) => action.startsWith('kms:')))
    for (const { conditions } of withKeys) expect(conditions.StringEquals).toHaveProperty(['kms:ViaService'])
  })
})

describe('the stack that stands by', () => {
  test('has replicas of those two keys under the same logical ids, kept, with the policies of the originals', () => {
    const replicas = Object.fromEntries(ofType(standby, 'AWS::KMS::ReplicaKey'))
    for (const [id, key] of [
      ['DataKey', KEYS.dataKey],
      ['SeedKey', KEYS.seedKey],
    ] as const) {
      const { Properties, DeletionPolicy } = replicas[id] ?? {}
      expect(textOf(Properties?.PrimaryKeyArn)).toMatch(new RegExp(`:kms:${HOME}:.*:key/${key}$`))
      expect(DeletionPolicy).toBe('Retain')
    }
    const policy = (template: Template, id: string) => documentOf(template.Resources[id]?.Properties.KeyPolicy)
    expect(policy(standby, 'DataKey')).toEqual(policy(primary, 'DataKey'))
    expect(ofType(standby, 'AWS::KMS::Key').map(([id]) => id)).toEqual(['RestKey'])
  })

  test('is the same deployment: its stack id, secrets and seeds have the same names', () => {
    for (const output of ['StackId', 'LinkSecretName', 'IndexSecretName', 'SeedPrefix']) {
      expect(standby.Outputs[output]?.Value, output).toEqual(primary.Outputs[output]?.Value)
    }
  })

  test('makes no secret and no seed, and writes none', () => {
    expect(() => ofType(standby, 'AWS::SecretsManager::Secret')).toThrow(/holds no/)
    for (const role of [...OPENING, 'KeepingKeys', 'Linking']) {
      const actions = actionsOf(statementsOf(standby, role)).filter((action) => action.startsWith('secretsmanager:'))
      expect(new Set(actions), role).toEqual(new Set(['secretsmanager:GetSecretValue']))
    }
    expect(environmentOf(standby, 'KeepingKeys')).toMatchObject({ KEYS_ARE_MADE: 'elsewhere' })
  })

  test('reads exactly the replicas of the link and index secrets', () => {
    const read = (role: string, sid: string) => statementsOf(standby, role).find(({ Sid }) => Sid === sid)?.resources
    expect(read('Linking', 'ReadLinkKey')).toEqual([expect.stringMatching(/:secret:Safelight\/link-\?{6}$/)])
    expect(read('Verifying', 'ReadIndexKey')).toEqual([expect.stringMatching(/:secret:Safelight\/index-\?{6}$/)])
  })

  test('makes its own once the other region is given up', () => {
    const promoted = synth({ ...STANDBY, promoted: 'true' })
    expect(actionsOf(statementsOf(promoted, 'KeepingKeys'))).toContain('secretsmanager:CreateSecret')
    expect(environmentOf(promoted, 'KeepingKeys')).toMatchObject({ KEYS_ARE_MADE: 'here' })
  })
})

test('each opens what was sealed in the other', () => {
  for (const role of OPENING) {
    expect(environmentOf(primary, role)).toMatchObject({ OTHER_REGION: THERE })
    expect(environmentOf(standby, role)).toMatchObject({ OTHER_REGION: HOME })
    expect(environmentOf(synth(), role)).not.toHaveProperty('OTHER_REGION')
  }
})

test.each([
  [{ primary: HOME }, /go together/],
  [{ ...STANDBY, multiRegion: THERE }, /no multiRegion of its own/],
  [{ ...STANDBY, kemCustody: 'kms' }, /stand by with kemCustody=kms/],
  [{ ...STANDBY, dataKey: '0f4c2b1e-0000-0000-0000-000000000000' }, /mrk-/],
  [{ replicaVault: 'elsewhere' }, /go together/],
  [{ promoted: 'true' }, /stands by/],
])('flags that make no sense are refused: %o', (flags, message) => {
  expect(() => synth(flags)).toThrow(message)
})
