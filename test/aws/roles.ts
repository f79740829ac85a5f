// What each role is refused and what it may do, attempted by Lambdas that run under the deployed roles, where IAM is enforced.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import type { Attempt, Outcome, RowCall } from './attempt.ts'
import { withoutUnknownConditions } from './conditions.ts'
import { deployTo } from './deploy.ts'
import type { Emulator } from './emulator.ts'
import { giveRoleOf, workflowCasesOf } from './workflowRoles.ts'

export interface Tried {
  readonly role: string
  readonly what: string
  readonly expected: 'done' | 'refused'
  readonly outcome: Outcome
}

export type Case = readonly [what: string, expected: 'done' | 'refused', attempt: Attempt]

/** Sets this process's environment for the emulator. @param emulator one that enforces IAM */
export async function tryRoles(emulator: Emulator): Promise<readonly Tried[]> {
  const stack = await deployTo(emulator, {
    app: 'test/aws/attempt-app.ts',
    transform: withoutUnknownConditions,
    asCaller: true,
  })
  Object.assign(process.env, emulator.env)
  const s3 = new S3Client({ forcePathStyle: true })
  const lie: readonly (readonly [bucket: string, key: string])[] = [
    [stack.IntakeBucketName, 'upload'],
    [stack.VaultBucketName, 'o/0'],
    [stack.BackfillBucketName, 'inventory/0'],
  ]
  for (const [Bucket, Key] of lie) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfNoneMatch: '*' }))
  const secret = { SecretId: stack.IndexSecretName, SecretString: 'x' }
  await new SecretsManagerClient().send(new PutSecretValueCommand(secret))
  const tried: Tried[] = []
  for (const [role, cases] of Object.entries(casesOf(stack))) {
    tried.push(...(await attempted(role, nameOf(stack, role), cases)))
  }
  for (const [role, { arn, cases }] of Object.entries(workflowCasesOf(stack))) {
    await giveRoleOf(arn, stack.FindFunctionName)
    tried.push(...(await attempted(role, stack.FindFunctionName, cases)))
  }
  return tried
}

async function attempted(role: string, FunctionName: string, cases: readonly Case[]): Promise<readonly Tried[]> {
  const Payload = JSON.stringify(cases.map(([, , attempt]) => attempt))
  const answer = await new LambdaClient().send(new InvokeCommand({ FunctionName, Payload }))
  const outcomes: readonly Outcome[] = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8'))
  if (outcomes.length !== cases.length) throw new Error(`${role} attempted ${outcomes.length} of ${cases.length}`)
  return cases.map(([what, expected], at) => ({ role, what, expected, outcome: outcomes[at] ?? 'failed: silent' }))
}

function nameOf(stack: Outputs, role: string): string {
  const found = Object.entries(stack).find(([output]) => output.toLowerCase() === `${role}functionname`)
  if (!found) throw new Error(`the stack names no function for ${role}`)
  return found[1]
}

function casesOf(stack: Outputs): Readonly<Record<string, readonly Case[]>> {
  const { IntakeBucketName: intake, VaultBucketName: vault, DataKeyArn: key } = stack
  const upload = { bucket: intake, key: 'upload' }
  const object = { bucket: vault, key: 'o/0' }
  const blob = Buffer.alloc(64).toString('base64')
  const get = (what: string, expected: Case[1], from: typeof upload): Case => [what, expected, { call: 'get', ...from }]
  const erase = (what: string, from: typeof upload): Case => [
    what,
    'refused',
    { call: 'erase', ...from, version: 'null' },
  ]
  const put = (what: string, expected: Case[1], to: typeof upload): Case => [what, expected, { call: 'put', ...to }]
  const decrypt: Case = ['decrypts a data key', 'refused', { call: 'decrypt', key, blob }]
  const dataKey: Case = ['makes a data key', 'refused', { call: 'generate-data-key', key }]
  const seed: Case = ['reads a seed', 'refused', { call: 'read-secret', secret: `${stack.SeedPrefix}/1` }]
  const link: Case = ['reads the link key', 'refused', { call: 'read-secret', secret: stack.LinkSecretName }]
  const index: Case = ['reads the index key', 'refused', { call: 'read-secret', secret: stack.IndexSecretName }]
  const table = stack.CatalogueTableName
  const rowOf = (pk: string) => ({ pk, sk: 'x' })
  const row = (call: RowCall, pk: string, what: string, expected: Case[1]): Case => [
    what,
    expected,
    { call, table, row: rowOf(pk) },
  ]
  const rows = (members: readonly (readonly [RowCall, string])[], what: string, expected: Case[1]): Case => [
    what,
    expected,
    { call: 'transact', table, members: members.map(([call, pk]) => [call, rowOf(pk)]) },
  ]
  const scan: Case = ['scans the catalogue', 'refused', { call: 'scan', table }]
  const forge = row('write-row', 'source#x', 'says that an upload was forgotten', 'refused')
  const pin: Case = ['pins a public key', 'refused', { call: 'write-row', table: stack.KeyTableName, row: { id: 'x' } }]
  return {
    seal: [
      get('reads an upload', 'done', upload),
      put('adds a sealed object', 'done', { bucket: vault, key: 'o/1' }),
      put('lays a tombstone', 'refused', { bucket: vault, key: 't/1' }),
      ['makes a data key', 'done', { call: 'generate-data-key', key }],
      ['reads the public keys', 'done', { call: 'scan', table: stack.KeyTableName }],
      ...[decrypt, seed, link, index, pin],
      erase('erases an upload', upload),
      erase('erases a sealed object', object),
      get('reads a sealed object', 'refused', object),
      put('writes an upload', 'refused', { bucket: intake, key: 'x' }),
      row('read-row', 'object#0', 'reads the catalogue', 'refused'),
    ],
    verify: [
      get('reads a sealed object', 'done', object),
      get('reads an upload', 'done', upload),
      row('write-row', 'object#0', 'commits an object', 'done'),
      row('update-row', 'link#x', 'revokes a link', 'done'),
      row('write-row', 'link#x', 'adds a link', 'refused'),
      row('write-row', 'access#x', 'records a read', 'refused'),
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/2' }),
      put('lays a tombstone', 'refused', { bucket: vault, key: 't/1' }),
      ...[dataKey, link, pin],
    ],
    open: [
      get('reads a sealed object', 'done', object),
      rows(
        [
          ['update-row', 'link#x'],
          ['write-row', 'access#x'],
        ],
        'spends a use and records it',
        'done',
      ),
      rows(
        [
          ['write-row', 'access#y'],
          ['write-row', 'source#x'],
        ],
        'forgets an upload beside a read',
        'refused',
      ),
      row('read-row', 'object#0', 'looks an object up', 'done'),
      row('write-row', 'object#0', "writes an object's row", 'refused'),
      row('update-row', 'object#0', "changes an object's row", 'refused'),
      row('write-row', 'links#x', 'adds a link to an object', 'refused'),
      row('delete-row', 'access#x', 'takes a read from the records', 'refused'),
      erase('erases a sealed object', object),
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/3' }),
      get('reads an upload', 'refused', upload),
      ...[dataKey, index, pin, forge, scan],
    ],
    link: [
      rows(
        [
          ['check-row', 'object#0'],
          ['write-row', 'link#x'],
          ['write-row', 'links#x'],
        ],
        'adds a link',
        'done',
      ),
      row('write-row', 'access#x', 'records that', 'done'),
      rows(
        [
          ['write-row', 'link#y'],
          ['write-row', 'object#0'],
        ],
        "writes an object's row beside a link",
        'refused',
      ),
      row('write-row', 'object#0', "writes an object's row", 'refused'),
      row('write-row', 'name#x', 'moves a name', 'refused'),
      row('update-row', 'link#x', 'changes a link', 'refused'),
      row('read-row', 'link#x', 'reads a link', 'refused'),
      get('reads a sealed object', 'refused', object),
      get('reads an upload', 'refused', upload),
      ...[decrypt, dataKey, seed, index, pin, forge, scan],
    ],
    rewrap: [
      row('read-row', 'object#0', 'looks up the catalogue', 'done'),
      row('update-row', 'object#0', 'moves an envelope', 'done'),
      row('update-row', 'source#x', 'changes whose an upload is', 'refused'),
      get('reads a sealed object', 'done', object),
      put('adds an envelope', 'done', { bucket: vault, key: 'e/0' }),
      ['walks the vault', 'done', { call: 'list-versions', bucket: vault }],
      ['makes a data key', 'done', { call: 'generate-data-key', key }],
      ['reads the public keys', 'done', { call: 'scan', table: stack.KeyTableName }],
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/5' }),
      put('lays a tombstone', 'refused', { bucket: vault, key: 't/5' }),
      erase('erases a sealed object', object),
      get('reads an upload', 'refused', upload),
      ...[link, index, pin, forge, scan],
    ],
    find: [
      row('read-row', 'source#x', 'looks an upload up', 'done'),
      row('read-row', 'object#0', 'reads what an object is', 'refused'),
      ['reads the index key', 'done', { call: 'read-secret', secret: stack.IndexSecretName }],
      ['lists intake', 'refused', { call: 'list', bucket: intake }],
      get('reads an upload', 'refused', upload),
      get('reads a sealed object', 'refused', object),
      ...[decrypt, dataKey, seed, link, pin, forge, scan],
    ],
    sweep: [
      row('read-row', 'object#0', 'looks up the catalogue', 'done'),
      ['sends to a dead-letter queue', 'refused', { call: 'send', queue: stack.SealDeadQueueUrl }],
      erase('erases a sealed object', object),
      erase('erases an upload', upload),
      row('write-row', 'object#0', 'writes the catalogue', 'refused'),
      ...[decrypt, dataKey, seed, link],
    ],
    keys: [get('reads a sealed object', 'refused', object), get('reads an upload', 'refused', upload)],
    erase: [
      put('lays a tombstone', 'done', { bucket: vault, key: 't/0' }),
      row('write-row', 'source#x', 'says that an upload was forgotten', 'done'),
      row('write-row', 'link#x', 'adds a link', 'refused'),
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/4' }),
      get('reads a sealed object', 'refused', object),
      ...[decrypt, dataKey, seed, link],
    ],
  }
}
