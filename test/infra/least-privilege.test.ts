// What each role may do, read from the template that CloudFormation gets. Must-show 2 of the AWS deployment begins here.
import { describe, expect, test } from 'vitest'
import { stackIdOf } from '../../infra/flags.ts'
import { actionsOf, actionsOn, allowed, documentOf, fieldOf, ofType, statementsOf, textOf } from './policies.ts'
import { synth, type Template } from './synth.ts'

const template = synth()
const ROLES = [
  'Sealing',
  'Verifying',
  'Opening',
  'Linking',
  'Sweeping',
  'KeepingKeys',
  'KeepingRewrap',
  'KeepingErase',
  'KeepingFind',
]
const CONTEXT = 'kms:EncryptionContext:stack'
const writes = /^s3:(Put|Delete|Restore|Replicate|Abort|Bypass)/
const ofKms = (actions: readonly string[]) => actions.filter((action) => action.startsWith('kms:'))
const deletes = (actions: readonly string[]) => actions.filter((action) => /Delete|Bypass/.test(action))

describe.each(ROLES)('the role of %s', (role) => {
  const statements = statementsOf(template, role)

  test('names every action it has in full', () => {
    expect(actionsOf(statements).filter((action) => action.includes('*'))).toEqual([])
  })

  test('is allowed nothing on everything', () => {
    expect(allowed(statements).filter(({ resources }) => resources.includes('*'))).toEqual([])
  })

  test("uses the data key under this stack's context alone", () => {
    const onDataKey = allowed(statements).filter(({ resources }) => resources.includes('<DataKey>'))
    for (const { conditions } of onDataKey) expect(conditions.StringEquals?.[CONTEXT]).toBe(stackIdOf('Safelight'))
  })

  test('uses the other keys through the services that encrypt with them alone', () => {
    const onOthers = allowed(statements).filter(({ resources }) =>
      resources.some((resource) => resource === '<RestKey>' || resource === '<SeedKey>'),
    )
    for (const { conditions } of onOthers) expect(conditions.StringEquals).toHaveProperty(['kms:ViaService'])
  })

  test('administers no key, no policy and no role', () => {
    const administers = /^(iam|sts|organizations):|^kms:(Put|Create|Schedule|Disable|Update|Revoke)|:Put.*Policy$/
    expect(actionsOf(statements).filter((action) => administers.test(action))).toEqual([])
  })

  test('deletes no secret and no key', () => {
    expect(actionsOf(statements)).not.toContain('secretsmanager:DeleteSecret')
    expect(deletes(ofKms(actionsOf(statements)))).toEqual([])
  })
})

describe('seal', () => {
  const seal = statementsOf(template, 'Sealing')

  test('makes data keys and can not decrypt: that key is denied to it by name', () => {
    expect(actionsOn(seal, '<DataKey>')).toEqual(['kms:GenerateDataKey'])
    const denied = seal.filter(({ Effect, resources }) => Effect === 'Deny' && resources.includes('<DataKey>'))
    expect(denied.flatMap(({ actions }) => actions)).toContain('kms:Decrypt')
  })

  test('is denied decapsulation and secrets, wherever they are', () => {
    const everywhere = seal.filter(({ Effect, resources }) => Effect === 'Deny' && resources.includes('*'))
    const actions = everywhere.flatMap((statement) => statement.actions)
    expect(actions).toEqual(expect.arrayContaining(['kms:Decapsulate', 'secretsmanager:GetSecretValue']))
    expect(everywhere.every(({ conditions }) => Object.keys(conditions).length === 0)).toBe(true)
  })

  test('deletes nothing that is stored', () => {
    expect(deletes(actionsOf(seal))).toEqual(['sqs:DeleteMessage'])
  })

  test('reaches no seed, no secret and no catalogue', () => {
    expect(actionsOn(seal, '<SeedKey>')).toEqual([])
    expect(actionsOf(seal).filter((action) => action.startsWith('secretsmanager:'))).toEqual([])
    expect(actionsOn(seal, '<CatalogueTable>')).toEqual([])
  })

  test('sends work to its own queues alone: what it puts off, and what it gives up', () => {
    const sending = allowed(seal).filter(({ actions }) => actions.includes('sqs:SendMessage'))
    const to = sending.flatMap(({ resources }) => resources.map((one) => one.replace(/(Queue|Dead)\w+/, '$1')))
    expect(to.toSorted()).toEqual(['<SealWorkDead>', '<SealWorkQueue>'])
  })

  test('only reads the key register and the intake, only adds to the vault', () => {
    expect(actionsOn(seal, '<KeyTable>')).toEqual(['dynamodb:Scan'])
    expect(actionsOn(seal, '<IntakeBucket>').filter((action) => writes.test(action))).toEqual([])
    expect(new Set(actionsOn(seal, '<VaultBucket>'))).toEqual(new Set(['s3:PutObject', 's3:AbortMultipartUpload']))
  })
})

describe('verify', () => {
  const verify = statementsOf(template, 'Verifying')

  test('decrypts, and makes no data key', () => {
    expect(actionsOn(verify, '<DataKey>')).toEqual(['kms:Decrypt'])
  })

  test('erases versions and never writes an object', () => {
    const actions = actionsOf(verify).filter((action) => writes.test(action))
    expect(new Set(actions)).toEqual(new Set(['s3:DeleteObjectVersion']))
  })

  test('has no address', () => {
    const urls = ofType(template, 'AWS::Lambda::Url').map(([, { Properties }]) => textOf(Properties.TargetFunctionArn))
    expect(urls).toHaveLength(2)
    expect(urls.filter((target) => !/Opening|Linking/.test(target))).toEqual([])
  })
})

describe('open', () => {
  const open = statementsOf(template, 'Opening')

  test('neither writes nor deletes an object', () => {
    expect(actionsOf(open).filter((action) => writes.test(action))).toEqual([])
  })

  test('reaches no intake, sends no work', () => {
    expect(actionsOn(open, '<IntakeBucket>')).toEqual([])
    expect(actionsOf(open).filter((action) => action.startsWith('sqs:'))).toEqual([])
  })

  test('spends and records, and deletes no row', () => {
    expect(actionsOn(open, '<CatalogueTable>').toSorted()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ])
  })
})

describe('link', () => {
  const link = statementsOf(template, 'Linking')

  test('reaches no data key, no KEM key and no object', () => {
    expect(actionsOn(link, '<DataKey>')).toEqual([])
    expect(actionsOn(link, '<SeedKey>')).toEqual([])
    expect(actionsOn(link, ':secret:')).toEqual([])
    expect(actionsOf(link).filter((action) => action.startsWith('s3:'))).toEqual([])
  })

  test('reads one secret, the link key', () => {
    const secrets = link.filter(({ actions }) => actions.some((action) => action.startsWith('secretsmanager:')))
    expect(secrets.flatMap(({ resources }) => resources)).toEqual(['<LinkSecret>'])
  })
})

test('sweep and keys open nothing, erase holds no key to do so', () => {
  for (const role of ['Sweeping', 'KeepingKeys', 'KeepingErase']) {
    expect(actionsOn(statementsOf(template, role), '<DataKey>'), role).toEqual([])
  }
  for (const role of ['Sweeping', 'KeepingErase']) {
    expect(actionsOn(statementsOf(template, role), '<SeedKey>'), role).toEqual([])
  }
})

test('sweep erases neither a sealed object nor plaintext', () => {
  const sweep = statementsOf(template, 'Sweeping')
  const erasing = sweep.filter(({ actions }) => actions.some((action) => /Delete/.test(action)))
  expect(erasing.flatMap(({ resources }) => resources).toSorted()).toEqual(['<VaultBucket>/e/*', '<VaultBucket>/r/*'])
})

test('erase alone lays tombstones, which nobody takes away and verify alone reads', () => {
  const onTombstones = (role: string) => actionsOn(statementsOf(template, role), '<VaultBucket>/t/')
  expect(onTombstones('KeepingErase')).toEqual(['s3:PutObject'])
  expect(onTombstones('Verifying').toSorted()).toEqual(['s3:GetObject', 's3:GetObjectVersion'])
  for (const role of ['Sealing', 'Opening', 'Linking', 'Sweeping', 'KeepingKeys', 'KeepingRewrap']) {
    expect(onTombstones(role), role).toEqual([])
  }
})

test("nothing is public but open's URL", () => {
  const urls = ofType(template, 'AWS::Lambda::Url')
  const open = urls.filter(([, { Properties }]) => Properties.AuthType === 'NONE')
  expect(open.map(([, { Properties }]) => textOf(Properties.TargetFunctionArn))).toEqual([
    expect.stringContaining('Opening'),
  ])
  const permissions = ofType(template, 'AWS::Lambda::Permission').filter(
    ([, { Properties }]) => Properties.Principal === '*',
  )
  expect(permissions.map(([, { Properties }]) => Properties.Action).toSorted()).toEqual([
    'lambda:InvokeFunction',
    'lambda:InvokeFunctionUrl',
  ])
  for (const [, { Properties }] of permissions) {
    expect(textOf(Properties.FunctionName)).toContain('Opening')
    expect(Properties.FunctionUrlAuthType === 'NONE' || Properties.InvokedViaFunctionUrl === true).toBe(true)
  }
})

test('no bucket, queue or topic admits somebody by a wildcard', () => {
  for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
    for (const [id, { Properties }] of ofType(template, type)) {
      for (const { principal } of allowed(documentOf(Properties.PolicyDocument))) {
        expect(principal, id).not.toBe('*')
        expect(fieldOf(principal, 'AWS'), id).not.toBe('*')
      }
    }
  }
})

test('services that send are held to this account, or to one rule of it', () => {
  for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
    for (const [id, { Properties }] of ofType(template, type)) {
      const byService = allowed(documentOf(Properties.PolicyDocument)).filter(({ principal }) =>
        fieldOf(principal, 'Service'),
      )
      for (const { conditions } of byService) expect(JSON.stringify(conditions), id).toMatch(/aws:Source(Account|Arn)/)
    }
  }
})

describe('the data key', () => {
  const [, dataKey] = ofType(template, 'AWS::KMS::Key').find(([id]) => id === 'DataKey') ?? []
  const statements = documentOf(dataKey?.Properties.KeyPolicy)
  const cryptographic = /^kms:(\*|Decrypt|Encrypt|GenerateDataKey|ReEncrypt)/

  test('is used under the context of this stack alone, by whomever', () => {
    const using = statements.filter(({ actions }) => actions.some((action) => cryptographic.test(action)))
    expect(using).toHaveLength(2)
    const [allows, denies] = using
    expect(allows?.conditions.StringEquals?.[CONTEXT]).toBe(stackIdOf('Safelight'))
    expect(denies).toMatchObject({ Effect: 'Deny', principal: { AWS: '*' } })
    expect(denies?.conditions.StringNotEquals?.[CONTEXT]).toBe(stackIdOf('Safelight'))
  })

  test('gives its administrators no use of it', () => {
    const administration = statements.find(({ Sid }) => Sid === 'Administration')
    expect(administration?.actions.filter((action) => cryptographic.test(action))).toEqual([])
    expect(administration?.actions).not.toContain('kms:CreateGrant')
    expect(administration?.actions).toContain('kms:PutKeyPolicy')
  })
})

describe('custody', () => {
  const OPENING = ['Verifying', 'Opening', 'KeepingRewrap', 'KeepingKeys']
  const CREATING = /^secretsmanager:(Create|Put|Update)/
  const onSeeds = (from: Template, role: string) => actionsOn(statementsOf(from, role), ':secret:Safelight/seeds/')

  function decapsulatesUnderOwnAlias(from: Template, role: string): void {
    const decapsulating = statementsOf(from, role).filter(({ actions }) => actions.includes('kms:Decapsulate'))
    expect(decapsulating, role).toHaveLength(1)
    expect(decapsulating[0]?.conditions['ForAnyValue:StringLike']?.['kms:ResourceAliases']).toEqual([
      'alias/Safelight/seeds/*',
    ])
  }

  test('of seeds gives nobody decapsulation by KMS', () => {
    for (const role of OPENING) expect(actionsOf(statementsOf(template, role)), role).not.toContain('kms:Decapsulate')
  })

  test('of KMS keys goes on opening what was sealed under seeds, and makes no more of them', () => {
    const switched = synth({ kemCustody: 'kms' })
    for (const role of OPENING) {
      decapsulatesUnderOwnAlias(switched, role)
      expect(onSeeds(switched, role), role).toEqual(['secretsmanager:GetSecretValue'])
      expect(actionsOn(statementsOf(switched, role), '<SeedKey>'), role).toEqual(['kms:Decrypt'])
    }
  })

  test('of KMS keys from the first day on needs no seed: nobody reads one', () => {
    const alone = synth({ kemCustody: 'kms', kemOpens: 'kms' })
    for (const role of OPENING) {
      decapsulatesUnderOwnAlias(alone, role)
      expect(onSeeds(alone, role), role).toEqual([])
      expect(actionsOn(statementsOf(alone, role), '<SeedKey>'), role).toEqual([])
    }
  })

  test('of seeds again still opens what KMS keys sealed, when told so', () => {
    const back = synth({ kemOpens: 'both' })
    for (const role of OPENING) {
      decapsulatesUnderOwnAlias(back, role)
      expect(onSeeds(back, role), role).toContain('secretsmanager:GetSecretValue')
    }
    expect(onSeeds(back, 'KeepingKeys').some((action) => CREATING.test(action))).toBe(true)
  })

  test('never leaves out what it makes itself', () => {
    expect(() => synth({ kemCustody: 'kms', kemOpens: 'seed' })).toThrow(/would not open/)
    expect(() => synth({ kemOpens: 'kms' })).toThrow(/would not open/)
  })

  test('is no way around what SEAL, LINK, SWEEP and erase are refused', () => {
    const both = synth({ kemCustody: 'kms' })
    for (const role of ['Sealing', 'Linking', 'Sweeping', 'KeepingErase']) {
      const actions = actionsOf(statementsOf(both, role))
      expect(actions, role).not.toContain('kms:Decapsulate')
      expect(onSeeds(both, role), role).toEqual([])
    }
  })
})
