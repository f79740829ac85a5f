// The two workflows, from the template that CloudFormation gets: what their roles may do, and states that lead somewhere.
import { describe, expect, test } from 'vitest'
import { BACKFILL_LABELS } from '../../infra/backfillStates.ts'
import { REWRAP_LABEL } from '../../infra/rewrapStates.ts'
import { actionsOf, allowed, documentOf, fieldOf, listOf, ofType, type Statement, textOf } from './policies.ts'
import { synth } from './synth.ts'

const template = synth()

function machineOf(name: string, from = template) {
  const machines = ofType(from, 'AWS::StepFunctions::StateMachine')
  const [, made] = machines.find(([, { Properties }]) => Properties.StateMachineName === `Safelight-${name}`) ?? []
  if (!made) throw new Error(`no workflow is named ${name}`)
  return made.Properties
}

function roleOf(name: string): readonly Statement[] {
  const role = textOf(machineOf(name).RoleArn)
  return ofType(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => listOf(Properties.Roles).some((given) => textOf(given) === role))
    .flatMap(([, { Properties }]) => documentOf(Properties.PolicyDocument))
}

function definitionOf(name: string): unknown {
  return JSON.parse(textOf(machineOf(name).DefinitionString))
}

/** Each set of states in a definition: the workflow's own, and those of its maps' shares. */
function statesIn(machine: unknown): readonly unknown[] {
  const inner = Object.values(fieldOf(machine, 'States') ?? {}).flatMap((state) => {
    const processor = fieldOf(state, 'ItemProcessor')
    return processor === undefined ? [] : statesIn(processor)
  })
  return [machine, ...inner]
}

function targetsOf(state: unknown): readonly unknown[] {
  const choices = listOf(fieldOf(state, 'Choices')).map((choice) => fieldOf(choice, 'Next'))
  return [fieldOf(state, 'Next'), fieldOf(state, 'Default'), ...choices].filter((target) => target !== undefined)
}

describe.each(['backfill', 'rewrap'])('the workflow %s', (name) => {
  test('has states that lead to one another or to an end, and none that is never reached', () => {
    for (const machine of statesIn(definitionOf(name))) {
      const states = Object.entries(fieldOf(machine, 'States') ?? {})
      const names = states.map(([state]) => state).toSorted()
      const reached = new Set([fieldOf(machine, 'StartAt'), ...states.flatMap(([, state]) => targetsOf(state))])
      expect([...reached].toSorted()).toEqual(names)
      for (const [state, made] of states) {
        const ends = fieldOf(made, 'End') === true || ['Succeed', 'Fail'].includes(String(fieldOf(made, 'Type')))
        expect(ends, state).toBe(targetsOf(made).length === 0)
      }
    }
  })

  test('tells all that happens and nothing of what it was about, and is traced', () => {
    const { LoggingConfiguration: logging, TracingConfiguration } = machineOf(name)
    expect(logging).toMatchObject({ Level: 'ALL', IncludeExecutionData: false })
    expect(TracingConfiguration).toEqual({ Enabled: true })
  })

  test('runs distributed maps of bounded width, each known to its role by its label', () => {
    const maps = Object.values(fieldOf(definitionOf(name), 'States') ?? {}).filter(
      (state) => fieldOf(state, 'Type') === 'Map',
    )
    const labels = name === 'rewrap' ? [REWRAP_LABEL] : BACKFILL_LABELS
    expect(maps.map((map) => fieldOf(map, 'Label'))).toEqual(labels)
    const following = roleOf(name).filter(({ actions }) => actions.includes('states:StopExecution'))
    for (const map of maps) {
      expect(fieldOf(map, 'MaxConcurrency')).toBeGreaterThan(0)
      expect(fieldOf(map, 'MaxConcurrency')).toBeLessThan(50)
      expect(
        following
          .flatMap(({ resources }) => resources)
          .some((resource) => resource.includes(`Safelight-${name}/${fieldOf(map, 'Label')}:*`)),
      ).toBe(true)
    }
  })

  test.each([
    ['failed', 'ExecutionsFailed'],
    ['ran out of time', 'ExecutionsTimedOut'],
  ])('that %s rings, and is on the dashboard', (how, metric) => {
    const words = `the workflow ${name} ${how}`
    const alarms = ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties)
    const alarm = alarms.find(({ AlarmDescription }) => String(AlarmDescription).toLowerCase().includes(words))
    const about = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'notBreaching' }
    expect(alarm).toMatchObject({ ...about, Namespace: 'AWS/States', MetricName: metric, Statistic: 'Sum' })
    const [dimension] = listOf(alarm?.Dimensions)
    expect(fieldOf(dimension, 'Name')).toBe('StateMachineArn')
    expect(textOf(fieldOf(dimension, 'Value'))).toMatch(new RegExp(`:stateMachine:Safelight-${name}$`))
    expect(listOf(alarm?.AlarmActions).map(textOf)).toEqual([expect.stringContaining('Topic')])
    const [board] = ofType(template, 'AWS::CloudWatch::Dashboard')
    const shown = textOf(board?.[1].Properties.DashboardBody)
    expect(shown).toMatch(new RegExp(`"${metric}","StateMachineArn","[^"]*:stateMachine:Safelight-${name}"`))
  })

  test('names every action it has, and has on everything none but delivery of logs and traces', () => {
    const role = roleOf(name)
    expect(actionsOf(role).filter((action) => action.includes('*'))).toEqual([])
    const everywhere = allowed(role).filter(({ resources }) => resources.includes('*'))
    expect(actionsOf(everywhere).filter((action) => !/^(logs|xray):/.test(action))).toEqual([])
    expect(actionsOf(everywhere)).not.toContain('logs:GetLogEvents')
  })
})

const SHARED = /^(logs|xray|states):/

test('backfill lists the intake and sends to the seal queue: it reads no upload, no vault and no table', () => {
  const role = roleOf('backfill').filter(({ actions }) => !actions.some((action) => SHARED.test(action)))
  const may = role.flatMap(({ actions, resources }) =>
    actions.flatMap((action) => resources.map((on) => `${action} ${on}`)),
  )
  expect(may.map((one) => one.replace(/(<SealWorkQueue)\w*/, '$1')).toSorted()).toEqual([
    'kms:Decrypt <RestKey>',
    'kms:GenerateDataKey <RestKey>',
    's3:AbortMultipartUpload <BackfillBucket>/results/*',
    's3:GetObject <BackfillBucket>/inventory/*',
    's3:GetObject <BackfillBucket>/results/*',
    's3:ListBucket <IntakeBucket>',
    's3:ListMultipartUploadParts <BackfillBucket>/results/*',
    's3:PutObject <BackfillBucket>/results/*',
    'sqs:SendMessage <SealWorkQueue>',
  ])
})

test('rewrap calls one function and does nothing else', () => {
  const role = roleOf('rewrap').filter(({ actions }) => !actions.some((action) => SHARED.test(action)))
  expect(actionsOf(role)).toEqual(['lambda:InvokeFunction'])
  expect(role.flatMap(({ resources }) => resources)).toEqual([expect.stringContaining('KeepingRewrap')])
})

test('rewrap shares the vault out without a gap', () => {
  const shards = listOf(fieldOf(fieldOf(fieldOf(definitionOf('rewrap'), 'States'), 'Shares'), 'Result'))
  expect(shards).toHaveLength(256)
  expect(new Set(shards).size).toBe(256)
  for (const shard of shards) expect(shard).toMatch(/^[0-9a-f]{2}$/)
})

test('uploads to be sealed keep no history of their keys: shares of a backfill are express', () => {
  for (const label of BACKFILL_LABELS) {
    const map = fieldOf(fieldOf(definitionOf('backfill'), 'States'), label)
    const config = fieldOf(fieldOf(map, 'ItemProcessor'), 'ProcessorConfig')
    expect(config).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' })
  }
})

test('plainMaps, and nothing else, leaves out what LocalStack does not parse', () => {
  const whole = textOf(machineOf('backfill').DefinitionString)
  const plain = textOf(machineOf('backfill', synth({ plainMaps: 'true' })).DefinitionString)
  for (const word of ['ItemBatcher', 'MANIFEST', 'EXPRESS', 'WriterConfig']) {
    expect(whole).toContain(word)
    expect(plain).not.toContain(word)
  }
  expect(plain).toContain('listObjectsV2')
})

test('S3 alone writes inventories, and only of the intake', () => {
  const policies = ofType(template, 'AWS::S3::BucketPolicy').filter(([id]) => id.startsWith('BackfillBucket'))
  const statements = policies.flatMap(([, { Properties }]) => allowed(documentOf(Properties.PolicyDocument)))
  expect(statements).toHaveLength(1)
  expect(statements[0]).toMatchObject({
    actions: ['s3:PutObject'],
    resources: ['<BackfillBucket>/inventory/*'],
    principal: { Service: 's3.amazonaws.com' },
  })
  expect(textOf(statements[0]?.conditions.ArnLike?.['aws:SourceArn'])).toBe('<IntakeBucket>')
})
