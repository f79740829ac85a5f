// cdk-nag's AwsSolutions rules: synthesis throws on any finding, whatever flags are set, and what is acknowledged is few and public.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { AwsSolutionsChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import { root } from '../rules/tree.ts'
import { type Acknowledgement, acknowledgements } from './acknowledged.ts'
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
  [{ ephemeral: 'true', buffered: 'true', plainMaps: 'true' }],
  [{ kemCustody: 'kms' }],
  [{ kemCustody: 'kms', kemOpens: 'kms' }],
  [{ intake: 'somebody-elses-uploads' }],
  [{ objectLock: '30' }],
  [{ multiRegion: 'eu-west-1' }],
  [{ multiRegion: 'eu-west-1', replicaVault: 'there', replicaKey: 'arn:aws:kms:eu-west-1:000000000000:key/there' }],
  [{ primary: 'us-east-1', dataKey: 'mrk-00', seedKey: 'mrk-01' }],
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

/** Whatever is acknowledged, with every flag that adds something. */
const made = [
  ...acknowledgements({ edge: 'true', kemCustody: 'kms' }, 'us-east-1'),
  ...acknowledgements({ replicaVault: 'replica-vault', replicaKey: 'arn:aws:kms:eu-west-1:000000000000:key/there' }),
  ...acknowledgements({}),
]

/** As docs/OPERATIONS.md names it: construct, rule, and what of it. */
function named({ path, id }: Acknowledgement): string {
  const construct = path.replace(/^Safelight\//, '').replace(/\/(Function)?Role$/, '')
  const [, rule = '', on = ''] = /^([\w-]+)(?:\[Resource::(.*)\])?$/.exec(id) ?? []
  const short = on
    .replace(/^<(\w+)\.Arn>/, '$1')
    .replace(/^arn:.*:(?=(key|secret|execution)\b)/, '')
    .replace(/^arn:.*:s3:::/, '')
    .replace(/Safelight(?=[-/])/, 'STACK')
  return [construct, rule, short].join(' ').trim()
}

/** The same, from the table of docs/OPERATIONS.md. */
function listed(): readonly string[] {
  const operations = readFileSync(join(root, 'docs', 'OPERATIONS.md'), 'utf8')
  const [, table = ''] = operations.split(/^### What cdk-nag would object to$/m)
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  if (rows.length === 0) throw new Error('docs/OPERATIONS.md has no such table')
  return rows.flatMap((row) => {
    const [, constructs = '', rules = '', on = ''] = row.split('|')
    const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? '')
    const whats = on.trim() === '' ? [''] : quoted(on)
    return quoted(constructs).flatMap((construct) =>
      rules.split(',').flatMap((rule) => whats.map((what) => [construct, rule.trim(), what].join(' ').trim())),
    )
  })
}

test('each acknowledgement is of one rule on one resource, with a reason', () => {
  expect(made.length).toBeGreaterThan(0)
  for (const { path, id, reason } of made) {
    expect(reason.length, `${id} on ${path}`).toBeGreaterThan(40)
    expect(path.split('/').length, `${id} is acknowledged for more than one resource`).toBeGreaterThan(2)
  }
})

test('docs/OPERATIONS.md lists each acknowledgement, and no other', () => {
  expect([...new Set(listed())].toSorted()).toEqual([...new Set(made.map(named))].toSorted())
  expect(new Set(listed()).size).toBe(listed().length)
})
