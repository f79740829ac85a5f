// What each package is asked when a test runs it: something that it answers by itself, with no AWS to be reached.
import type { Env, FunctionName } from '../../functions/env.ts'

/** Imports the package in a folder and prints as its last line what its handler answers, or how it fails. */
export const RUN_PACKAGE = `
  const [folder, event] = process.argv.slice(1)
  const { handler } = await import('file://' + folder + '/index.mjs')
  const context = { getRemainingTimeInMillis: () => 3000, awsRequestId: 'test' }
  const told = await Promise.resolve(handler(JSON.parse(event), context)).then(
    (answer) => ({ answer }),
    (error) => ({ failed: error.name }),
  )
  process.stdout.write('\\n' + JSON.stringify(told) + '\\n', () => process.exit(0))
`

const ARN = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000'
const shared = { STACK_ID: '0123456789abcdef', EVENT_BUS: 'bus', ALLOW_CLASSICAL_TLS: 'false' } as const
const opening = { KEY_TABLE: 'keys', DATA_KEY_ARN: ARN, KEM_CUSTODY: 'seed', SEED_PREFIX: 'stack/seeds' } as const
const buckets = { INTAKE_BUCKET: 'intake', VAULT_BUCKET: 'vault' } as const
const catalogue = { CATALOGUE_TABLE: 'catalogue' } as const
const secrets = { LINK_SECRET: 'stack/link', INDEX_SECRET: 'stack/index' } as const

const ENVIRONMENT: { readonly [F in FunctionName]: Env<F> } = {
  seal: {
    ...{ ...shared, ...buckets, KEY_TABLE: 'keys', DATA_KEY_ARN: ARN },
    ...{ SEAL_QUEUE_URL: 'http://127.0.0.1:1/seal', SEAL_DEAD_QUEUE_URL: 'http://127.0.0.1:1/dead' },
  },
  verify: { ...shared, ...opening, ...buckets, ...catalogue, ...secrets },
  open: { ...shared, ...opening, ...buckets, ...catalogue, ...secrets, BUFFERED: 'true' },
  link: { ...shared, ...catalogue, ...secrets, LINK_ORIGIN: 'https://links.example', DIRECT_LINKS: 'false' },
  sweep: {
    ...{ ...shared, ...buckets, ...catalogue, ...secrets },
    ...{ SEAL_QUEUE_URL: 'http://127.0.0.1:1/seal', VERIFY_QUEUE_URL: 'http://127.0.0.1:1/verify' },
  },
  keys: { ...shared, ...opening, ...buckets, ...catalogue, ...secrets, SEED_KEY_ARN: ARN, KEYS_ARE_MADE: 'here' },
  rewrap: { ...shared, ...opening, ...buckets, ...catalogue },
  erase: { ...shared, ...buckets, ...catalogue, VAULT_IS_LOCKED: 'false' },
  find: { ...shared, ...catalogue, ...secrets },
}

const NO_WORK = { event: { Records: [] }, expected: { answer: { batchItemFailures: [] } } }
const http = (method: string) => ({ method, sourceIp: '192.0.2.1' })
const FAILS = { failed: 'InvocationFailed' }

const ASKED: { readonly [F in FunctionName]: { readonly event: unknown; readonly expected: object } } = {
  seal: NO_WORK,
  verify: NO_WORK,
  // What isn't a token at all is refused before anything is asked of AWS.
  open: {
    event: { rawPath: '/l/forged', requestContext: { http: http('GET') } },
    expected: { answer: { statusCode: 404 } },
  },
  // As is an order that nobody signed.
  link: { event: { requestContext: { http: http('POST') } }, expected: { answer: { statusCode: 403 } } },
  sweep: { event: {}, expected: FAILS },
  keys: { event: { order: 'none' }, expected: FAILS },
  rewrap: { event: { order: 'none' }, expected: FAILS },
  erase: { event: { order: 'none' }, expected: FAILS },
  find: { event: { order: 'none' }, expected: FAILS },
}

/** Nobody listens at port 1 of loopback. */
const NOWHERE = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
}

type Told = { readonly event: unknown; readonly env: Readonly<Record<string, string>>; readonly expected: object }
const told = (name: FunctionName): Told => ({ ...ASKED[name], env: { ...NOWHERE, ...ENVIRONMENT[name] } })

export const TOLD: Readonly<Record<FunctionName, Told>> = {
  ...{ seal: told('seal'), verify: told('verify'), open: told('open'), link: told('link') },
  ...{ sweep: told('sweep'), keys: told('keys'), rewrap: told('rewrap'), erase: told('erase'), find: told('find') },
}
