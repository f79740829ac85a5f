/**
 * The way of one photograph once more, where every function has the permissions of its role and nothing else: sealed, verified,
 * found by its name (`becomes` asks the find function), opened, rewrapped and erased. MiniStack's Step Functions enforces no role
 * of a workflow: those that run here show that the functions which they call may do what they are told to, and nothing of the
 * workflows' own roles, whose calls `npm run prove -- least-privilege` attempts one by one (workflowRoles.ts).
 */
import { PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withoutUnknownConditions } from './conditions.ts'
import { type Deployed, deployed } from './deployed.ts'
import type { Emulator } from './emulator.ts'
import { proveFirstLight } from './firstLight.ts'
import { startMiniStack } from './ministack.ts'
import { inFewShares } from './workflow.ts'

let emulator: Emulator
let on: Deployed

beforeAll(async () => {
  emulator = await startMiniStack({ auth: true })
  on = await deployed(emulator, { asCaller: true, transform: withoutUnknownConditions })
})
afterAll(async () => {
  await emulator?.[Symbol.asyncDispose]()
})

test('with roles enforced, a photograph is sealed, verified, erased and opened by link', async () => {
  const seen: string[] = []
  await proveFirstLight(on, (name, condition, detail) => {
    seen.push(name)
    expect(condition, `${name}: ${detail}`).toBe(true)
  })
  expect(seen.length).toBeGreaterThan(8)
})

test('with roles enforced, what lay in intake before anybody told of it is sealed by a backfill', async () => {
  const { IntakeBucketName: Bucket } = on.outputs
  const s3 = new S3Client({ forcePathStyle: true })
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }))
  const body = Buffer.from('there already')
  const versionId = await on.upload('old/one é.txt', body)
  const ended = JSON.parse(await on.safelight('backfill', '--per-second', '200', '--wait', '--json'))
  expect(ended).toMatchObject({ status: 'succeeded', total: 1, done: 1, failed: 0 })
  const objectId = await on.becomes('old/one é.txt', versionId)
  expect((await on.read((await on.stack.link({ objectId, uses: 1 })).url)).equals(body)).toBe(true)
})

test('with roles enforced, keys rotate, the workflow rewraps the vault, and one object is erased for good', async () => {
  // Its trial warms the rewrap function, which must know of the rotation all the same.
  expect(await on.safelight('doctor')).toMatch(/^ok {7}round-trip: /m)
  expect(await on.safelight('keys', 'rotate')).toMatch(/generation 2 /)
  await inFewShares(on.outputs.RewrapWorkflowArn)
  const { status, total, output } = JSON.parse(await on.safelight('rewrap', '--workflow', '--wait', '--json'))
  expect([status, total]).toEqual(['succeeded', 16])
  const { rewrapped, ...others } = output
  expect(others).toEqual({ current: 0, moved: 0, failed: 0 })
  const again = JSON.parse(await on.safelight('rewrap', '--json'))
  expect(again).toMatchObject({ rewrapped: 0, current: rewrapped, failed: 0 })
  expect(await on.safelight('keys', 'retire', '1')).toMatch(/generation 1 is retired/)
  const listed = (await on.safelight('ls', '--json')).trim().split('\n')
  expect(listed.length).toBe(2)
  const { id } = JSON.parse(listed[0] ?? '')
  expect((await on.read((await on.stack.link({ objectId: id, uses: 1 })).url)).length).toBeGreaterThan(0)
  await on.safelight('erase', id, '--reason', 'subject-request')
  expect(await on.safelight('ls', '--json')).not.toContain(id)
})
