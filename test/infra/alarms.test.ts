// What rings, and that it is heard: every alarm and both rules on keys and secrets reach the topic, which may be written to.
import { describe, expect, test } from 'vitest'
import { allowed, documentOf, fieldOf, listOf, ofType, textOf } from './policies.ts'
import { synth, type Template } from './synth.ts'

const template = synth()
const [[topicId, topic] = ['', undefined]] = ofType(template, 'AWS::SNS::Topic')

function callsOf(from: Template, source: string) {
  const rules = ofType(from, 'AWS::Events::Rule').map(([, { Properties }]) => Properties)
  const found = rules.filter(({ EventPattern }) => String(fieldOf(EventPattern, 'source')) === `aws.${source}`)
  const told = found.filter(({ EventPattern }) => String(fieldOf(EventPattern, 'detail-type')).includes('CloudTrail'))
  expect(told, source).toHaveLength(1)
  const [rule] = told
  const detail = fieldOf(rule?.EventPattern, 'detail')
  const asked = fieldOf(detail, 'requestParameters')
  return {
    targets: listOf(rule?.Targets).map((target) => textOf(fieldOf(target, 'Arn'))),
    names: fieldOf(detail, 'eventName'),
    by: fieldOf(detail, 'eventSource'),
    asked,
    state: rule?.State ?? 'ENABLED',
  }
}

test.each(ofType(template, 'AWS::CloudWatch::Alarm'))('%s tells the topic, and nothing mutes it', (_id, alarm) => {
  expect(listOf(alarm.Properties.AlarmActions).map(textOf)).toEqual([`<${topicId}>`])
  expect(alarm.Properties.ActionsEnabled ?? true).toBe(true)
})

describe('hands on keys and secrets', () => {
  test('ring for each of the three keys, by id and by ARN', () => {
    const { targets, names, by, asked, state } = callsOf(template, 'kms')
    expect({ targets, names, by, state }).toEqual({
      targets: [`<${topicId}>`],
      names: ['ScheduleKeyDeletion', 'DisableKey'],
      by: ['kms.amazonaws.com'],
      state: 'ENABLED',
    })
    const ids = ['DataKey', 'RestKey', 'SeedKey']
    expect(listOf(fieldOf(asked, 'keyId'))).toHaveLength(2 * ids.length)
    for (const id of ids) {
      expect(listOf(fieldOf(asked, 'keyId'))).toContainEqual({ Ref: id })
      expect(listOf(fieldOf(asked, 'keyId'))).toContainEqual({ 'Fn::GetAtt': [id, 'Arn'] })
    }
  })

  test('ring for every key of the account where ML-KEM keys in KMS open, because no template can name those', () => {
    for (const flags of [{ kemCustody: 'kms' }, { kemOpens: 'both' }]) {
      const { targets, names, asked } = callsOf(synth(flags), 'kms')
      expect({ targets, names, asked }).toEqual({
        targets: [`<${topicId}>`],
        names: ['ScheduleKeyDeletion', 'DisableKey'],
        asked: undefined,
      })
    }
  })

  test('ring for the link and index secrets and for every seed, by name, by ARN and by an ARN without its end', () => {
    const { targets, names, by, asked, state } = callsOf(template, 'secretsmanager')
    expect({ targets, names, by, state }).toEqual({
      targets: [`<${topicId}>`],
      names: ['DeleteSecret'],
      by: ['secretsmanager.amazonaws.com'],
      state: 'ENABLED',
    })
    expect(asked).toEqual({
      secretId: [
        ...['Safelight/link', { 'Fn::GetAtt': ['LinkSecret', 'Id'] }, { suffix: ':secret:Safelight/link' }],
        ...['Safelight/index', { 'Fn::GetAtt': ['IndexSecret', 'Id'] }, { suffix: ':secret:Safelight/index' }],
        ...[{ prefix: 'Safelight/seeds/' }, { wildcard: '*:secret:Safelight/seeds/*' }],
      ],
    })
  })
})

test.each(['cloudwatch', 'events'])('%s may publish to the topic', (sender) => {
  const [, policy] = ofType(template, 'AWS::SNS::TopicPolicy')[0] ?? []
  const may = allowed(documentOf(policy?.Properties.PolicyDocument)).filter(
    ({ principal, actions }) =>
      actions.includes('sns:Publish') && listOf(fieldOf(principal, 'Service')).includes(`${sender}.amazonaws.com`),
  )
  expect(may).toHaveLength(1)
})

test('the topic is heard whatever becomes of the keys that it rings for', () => {
  expect(topic?.Properties.KmsMasterKeyId).toBeUndefined()
})
