// cdk-nag's AwsSolutions rules: synthesis throws on any finding, whatever flags are set, and what is acknowledged is few and public.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { AwsSolutionsChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import { root } from '../rules/tree.ts'
import { acknowledgements } from './acknowledged.ts'
import { ofType } from './policies.ts'
import { synth } from './synth.ts'

test('a finding makes synthesis throw', () => {
  const app = new App({ analyticsReporting: false })
  new Bucket(new Stack(app, 'Careless'), 'Open')
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  expect(() => app.synth()).toThrow()
})

test.each([
  [{}],
  [{ ephemeral: 'true', buffered: 'true' }],
  [{ kemCustody: 'kms' }],
  [{ intake: 'somebody-elses-uploads' }],
  [{ objectLock: '30' }],
  [{ multiRegion: 'eu-west-1' }],
  [{ edge: 'arn:aws:wafv2:us-east-1:000000000000:global/webacl/x/y' }],
])('no finding is left with %o', (flags) => {
  expect(() => synth(flags)).not.toThrow()
})

test('with edge=true CloudFront and a firewall stand before links, and only they call the function', () => {
  const edge = synth({ edge: 'true' }, 'us-east-1')
  expect(ofType(edge, 'AWS::WAFv2::WebACL')).toHaveLength(1)
  expect(ofType(edge, 'AWS::CloudFront::Distribution')).toHaveLength(1)
  expect(new Set(ofType(edge, 'AWS::Lambda::Url').map(([, { Properties }]) => Properties.AuthType))).toEqual(
    new Set(['AWS_IAM']),
  )
  const callers = ofType(edge, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties.Principal)
  expect(callers).not.toContain('*')
  expect(() => synth({ edge: 'true' }, 'eu-central-1')).toThrow(/us-east-1/)
})

test('each acknowledgement is of one rule on one resource, with a reason, and OPERATIONS lists it', () => {
  const operations = readFileSync(join(root, 'docs', 'OPERATIONS.md'), 'utf8')
  const made = acknowledgements({ edge: 'true', kemCustody: 'kms' }, 'us-east-1').concat(acknowledgements({}))
  expect(made.length).toBeGreaterThan(0)
  for (const { path, id, reason } of made) {
    expect(reason.length, `${id} on ${path}`).toBeGreaterThan(40)
    expect(path.split('/').length, `${id} is acknowledged for more than one resource`).toBeGreaterThan(2)
    const [rule = ''] = id.split('[')
    expect(operations, `${rule} is not in docs/OPERATIONS.md`).toContain(rule)
  }
})
