// What each role is refused and what it may do, attempted by Lambdas that run under the deployed roles, where IAM is enforced.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import type { Attempt, Outcome } from './attempt.ts'
import { withoutUnknownConditions } from './conditions.ts'
import { deployTo } from './deploy.ts'
import type { Emulator } from './emulator.ts'

export interface Tried {
  readonly role: string
  readonly what: string
  readonly expected: 'done' | 'refused'
  readonly outcome: Outcome
}

type Case = readonly [what: string, expected: 'done' | 'refused', attempt: Attempt]

/** @param emulator one that enforces IAM */
export async function tryRoles(emulator: Emulator): Promise<readonly Tried[]> {
  const stack = await deployTo(emulator, {
    app: 'test/aws/attempt-app.ts',
    transform: withoutUnknownConditions,
    asCaller: true,
  })
  const credentials = {
    accessKeyId: emulator.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: emulator.env.AWS_SECRET_ACCESS_KEY ?? '',
  }
  const client = { endpoint: emulator.endpoint, region: 'us-east-1', credentials }
  const s3 = new S3Client({ ...client, forcePathStyle: true })
  await s3.send(new PutObjectCommand({ Bucket: stack.IntakeBucketName, Key: 'upload', Body: 'x' }))
  await s3.send(new PutObjectCommand({ Bucket: stack.VaultBucketName, Key: 'o/0', Body: 'x', IfNoneMatch: '*' }))
  const lambda = new LambdaClient(client)
  const tried: Tried[] = []
  for (const [role, cases] of Object.entries(casesOf(stack))) {
    const attempts = cases.map(([, , attempt]) => attempt)
    const name = nameOf(stack, role)
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(attempts) }))
    const outcomes: readonly Outcome[] = JSON.parse(Buffer.from(Payload ?? []).toString('utf8'))
    if (outcomes.length !== cases.length) throw new Error(`${role} attempted ${outcomes.length} of ${cases.length}`)
    for (const [at, [what, expected]] of cases.entries()) {
      tried.push({ role, what, expected, outcome: outcomes[at] ?? 'failed: silent' })
    }
  }
  return tried
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
  const row = (call: 'read-row' | 'write-row', what: string, expected: Case[1]): Case => [
    what,
    expected,
    { call, table: stack.CatalogueTableName, row: { pk: 'x', sk: 'x' } },
  ]
  const pin: Case = ['pins a public key', 'refused', { call: 'write-row', table: stack.KeyTableName, row: { id: 'x' } }]
  return {
    seal: [
      get('reads an upload', 'done', upload),
      put('adds a sealed object', 'done', { bucket: vault, key: 'o/1' }),
      put('lays a tombstone', 'refused', { bucket: vault, key: 't/1' }),
      ['makes a data key', 'done', { call: 'generate-data-key', key }],
      ['reads the public keys', 'done', { call: 'scan', table: stack.KeyTableName, row: {} }],
      ...[decrypt, seed, link, index, pin],
      erase('erases an upload', upload),
      erase('erases a sealed object', object),
      get('reads a sealed object', 'refused', object),
      put('writes an upload', 'refused', { bucket: intake, key: 'x' }),
      row('read-row', 'reads the catalogue', 'refused'),
    ],
    verify: [
      get('reads a sealed object', 'done', object),
      get('reads an upload', 'done', upload),
      row('write-row', 'writes the catalogue', 'done'),
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/2' }),
      put('lays a tombstone', 'refused', { bucket: vault, key: 't/1' }),
      ...[dataKey, link, pin],
    ],
    open: [
      get('reads a sealed object', 'done', object),
      row('write-row', 'records a read', 'done'),
      erase('erases a sealed object', object),
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/3' }),
      get('reads an upload', 'refused', upload),
      ...[dataKey, index, pin],
    ],
    link: [
      row('write-row', 'adds a link', 'done'),
      get('reads a sealed object', 'refused', object),
      get('reads an upload', 'refused', upload),
      ...[decrypt, dataKey, seed, index, pin],
    ],
    sweep: [
      row('read-row', 'looks up the catalogue', 'done'),
      ['sends to a dead-letter queue', 'refused', { call: 'send', queue: stack.SealDeadQueueUrl }],
      erase('erases a sealed object', object),
      erase('erases an upload', upload),
      row('write-row', 'writes the catalogue', 'refused'),
      ...[decrypt, dataKey, seed, link],
    ],
    keys: [get('reads a sealed object', 'refused', object), get('reads an upload', 'refused', upload)],
    erase: [
      put('lays a tombstone', 'done', { bucket: vault, key: 't/0' }),
      put('writes a sealed object', 'refused', { bucket: vault, key: 'o/4' }),
      get('reads a sealed object', 'refused', object),
      ...[decrypt, dataKey, seed, link],
    ],
  }
}
