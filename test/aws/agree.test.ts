/** Before a deployment: other flags than the stack's are not taken by mistake, and no bucket that can't be an intake. */
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { against, changesOf, contextIn } from '../../infra/agree.ts'
import { readFlags } from '../../infra/flags.ts'
import { synth } from '../infra/synth.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

test('flags are read as cdk reads them, in each way of writing them', () => {
  const args = ['-c', 'a=1', '--context', 'b=x=y', '--context=c=', '-cd=4', '--require-approval', 'never', 'Stack']
  expect(contextIn(args)).toEqual({ a: '1', b: 'x=y', c: '', d: '4' })
  expect(contextIn([])).toEqual({})
})

test('each flag that is not what it was is named once, and no other', () => {
  const flags = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), { noNullPrototype: true })
  fc.assert(
    fc.property(flags, flags, (was, is) => {
      const differ = ['a', 'b', 'c', 'd'].filter((name) => was[name] !== is[name])
      expect(changesOf(was, is).map((change) => change.charAt(0))).toEqual(differ)
    }),
  )
})

test('a stack tells the flags that it was given, as text, whoever gave them how', () => {
  const told = (flags: Readonly<Record<string, unknown>>) => JSON.parse(String(synth(flags).Outputs.Flags?.Value))
  expect(told({})).toEqual({})
  expect(told({ objectLock: 30, ephemeral: true })).toEqual({ objectLock: '30', ephemeral: 'true' })
  expect(told({ objectLock: '30', ephemeral: 'true' })).toEqual({ objectLock: '30', ephemeral: 'true' })
})

describe('with a stack that is there', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startMiniStack()
    Object.assign(process.env, emulator.env)
    const { given } = readFlags((name) => ({ stack: 'There', objectLock: '30', concurrency: 5 })[name])
    const told = { StackId: '0123456789abcdef', Flags: JSON.stringify(given) }
    for (const [stack, outputs] of [
      ['There', told],
      ['Older', { StackId: told.StackId }],
    ] as const) {
      const names = { ...outputs, IntakeBucketName: 'i', VaultBucketName: 'v', CatalogueTableName: 'c' }
      const template = {
        Resources: { Nothing: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
        Outputs: Object.fromEntries(Object.entries(names).map(([name, Value]) => [name, { Value }])),
      }
      const TemplateBody = JSON.stringify(template)
      await new CloudFormationClient().send(new CreateStackCommand({ StackName: stack, TemplateBody }))
    }
  })
  afterAll(() => emulator?.[Symbol.asyncDispose]())

  const THERE = ['-c', 'stack=There']
  const SAME = [...THERE, '-c', 'objectLock=30', '-c', 'concurrency=5']

  test('the same flags are deployed, from the command line or a file', async () => {
    expect(await against(SAME, {})).toBeUndefined()
    expect(await against(THERE, { objectLock: 30, concurrency: 5 })).toBeUndefined()
  })

  test('a flag that is left out, new or another is refused, unless it is meant', async () => {
    expect((await against([...THERE, '-c', 'objectLock=31', '-c', 'edge=true'], {}))?.error).toBe(
      'There was deployed with other flags: concurrency=5 is left out; edge=true is new; objectLock=31 was 30',
    )
    expect((await against(THERE, {}))?.hint).toMatch(/cdk\.json.*--change-flags/)
    expect(await against([...THERE, '--change-flags'], {})).toBeUndefined()
  })

  test('a stack that is still to be made, or is from before, has nothing against it', async () => {
    expect(await against(['-c', 'stack=Absent', '-c', 'objectLock=30'], {})).toBeUndefined()
    expect(await against(['-c', 'stack=Older', '-c', 'objectLock=30'], {})).toBeUndefined()
  })

  test('a bucket is refused that could not be adopted, and one that could is deployed', async () => {
    const s3 = new S3Client({ forcePathStyle: true })
    for (const Bucket of ['keeps-versions', 'overwrites']) await s3.send(new CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket: 'keeps-versions', VersioningConfiguration }))
    expect(await against(['-c', 'stack=New', '-c', 'intake=keeps-versions'], {})).toBeUndefined()
    expect((await against(['-c', 'stack=New', '-c', 'intake=overwrites'], {}))?.error).toMatch(/overwrites.*versions/)
    expect((await against(['-c', 'stack=New', '-c', 'intake=nobody-has-it'], {}))?.error).toMatch(/no bucket/)
  })

  test('where AWS does not answer, nothing is deployed', async () => {
    const { AWS_ENDPOINT_URL } = process.env
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9'
    try {
      await expect(against(['-c', 'stack=There'], {})).rejects.toThrow(/describing the stack/)
    } finally {
      process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL
    }
  })
})
