/** A stack that an older version deployed is told as one, and worked on as far as it goes. Its outputs are all there is of it. */
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStack } from '../../cli/stack/stack.ts'
import { outputs } from '../../shared/platform/aws/outputs.ts'
import { safelight } from '../cli/run.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

const NEWEST = 'BackfillWorkflowArn'
let emulator: Emulator

beforeAll(async () => {
  emulator = await startMiniStack()
  Object.assign(process.env, emulator.env)
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

/** A stack of nothing but outputs. */
async function makeStack(StackName: string, names: readonly string[]): Promise<void> {
  const told = (name: string) => {
    if (name === 'StackId') return '0123456789abcdef'
    return /(Url|Origin)$/.test(name) ? 'https://there.example/' : name.toLowerCase()
  }
  const template = {
    Resources: { Nothing: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
    Outputs: Object.fromEntries(names.map((name) => [name, { Value: told(name) }])),
  }
  await new CloudFormationClient().send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }))
}

const ALL: readonly string[] = outputs.keyof().options

test('a stack of this version lacks nothing', async () => {
  await makeStack('Whole', ALL)
  const stack = await openStack('Whole')
  expect([stack.lacking, stack.output(NEWEST)]).toEqual([[], NEWEST.toLowerCase()])
})

test('an older stack is said to be older where what it lacks is needed, with what to do, and serves the rest', async () => {
  await makeStack(
    'Older',
    ALL.filter((name) => name !== NEWEST),
  )
  const stack = await openStack('Older')
  expect(stack.lacking).toEqual([NEWEST])
  expect(stack.output('VaultBucketName')).toBe('vaultbucketname')
  expect(() => stack.output(NEWEST)).toThrow(/Older was deployed by an older version.*BackfillWorkflowArn/)

  const env = emulator.env
  const needing = await safelight(['backfill', '--stack', 'Older'], { env })
  expect(needing).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('hint: npm run deploy') })
  expect(needing.stderr).toMatch(/^error: the stack Older was deployed by an older version/)
  const checked = await safelight(['doctor', '--stack', 'Older'], { env })
  expect(checked.stdout).toMatch(
    /warning {2}deployment: Older was deployed by an older version.*\n +mend: npm run deploy/,
  )
})

test('a stack that is not there is what doctor finds wrong, and it sends nobody to itself', async () => {
  const checked = await safelight(['doctor', '--stack', 'Absent'], { env: emulator.env })
  expect(checked).toMatchObject({ code: 1, stderr: '' })
  expect(checked.stdout).toMatch(/problem {2}stack: there is no stack Absent in us-east-1.*\n +mend: look at the name/)
})

test('what has not the outputs that every stack of ours has is none of ours', async () => {
  await makeStack(
    'Theirs',
    ALL.filter((name) => name !== 'VaultBucketName'),
  )
  await expect(openStack('Theirs')).rejects.toThrow(/Theirs \(CREATE_COMPLETE\) is none of Safelight's/)
})
