/** What AWS may do to each call that sealing and verifying make, as a list: once, or for as long as anybody asks. */
import { randomBytes } from 'node:crypto'
import type { Asked, Fate } from './proxy.ts'

export interface Fault {
  readonly name: string
  readonly call: string
  readonly fate: Fate
  /** What it leaves in the vault that never opens: nothing ever erases a sealed object that can't be judged. */
  readonly refused?: number
  /** What can't be told from a good answer, and so doesn't keep an upload from being committed. */
  readonly harmless?: boolean
}

const json = (status: number, error: string, more = {}): Fate => ({ status, error, more })
const wrongKey: Fate = { change: (answer) => ({ ...answer, Plaintext: randomBytes(32).toString('base64') }) }
const otherKey: Fate = {
  change: (answer) => ({ ...answer, KeyId: 'arn:aws:kms:us-east-1:000000000000:key/somebody-elses' }),
}
const canceled = (...codes: readonly string[]): Fate =>
  json(400, 'TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) })

/** What any call may meet. */
const ANY: Readonly<Record<string, Fate>> = {
  'is cut off before': 'before',
  'is not answered': 'after',
  'falls silent': 'silence',
}
const KMS: Readonly<Record<string, Fate>> = {
  'is denied': json(400, 'AccessDeniedException'),
  'is throttled': json(400, 'ThrottlingException'),
  breaks: json(500, 'KMSInternalException'),
  'is of a disabled key': json(400, 'DisabledException'),
}
const S3: Readonly<Record<string, Fate>> = {
  'gets a 500': json(500, 'InternalError'),
  'is to slow down': json(503, 'SlowDown'),
  'is denied': json(403, 'AccessDenied'),
}
const DYNAMO: Readonly<Record<string, Fate>> = {
  'is throttled': json(400, 'ProvisionedThroughputExceededException'),
  breaks: json(500, 'InternalServerError'),
}

const CALLS: Readonly<Record<string, Readonly<Record<string, Fate>>>> = {
  'kms.GenerateDataKey': { ...ANY, ...KMS },
  'kms.Decrypt': { ...ANY, ...KMS, 'gives a wrong key': wrongKey, 'names another key': otherKey },
  's3.HeadObject': { ...ANY, ...S3 },
  's3.GetObject': { ...ANY, ...S3, 'is cut within its answer': 'half-answered' },
  's3.PutObject': { ...ANY, ...S3, 'is cut within its body': 'half-asked' },
  's3.DeleteObject': { ...ANY, ...S3 },
  'dynamodb.Scan': { ...ANY, ...DYNAMO },
  'dynamodb.GetItem': { ...ANY, ...DYNAMO },
  'dynamodb.TransactWriteItems': {
    ...ANY,
    ...DYNAMO,
    'meets another': canceled('TransactionConflict', 'None', 'None'),
    'is throttled within': canceled('ThrottlingError', 'None', 'None'),
    'fails a condition': canceled('None', 'ConditionalCheckFailed', 'None'),
  },
  'secrets.GetSecretValue': {
    ...ANY,
    'is denied': json(400, 'AccessDeniedException'),
    breaks: json(500, 'InternalServiceError'),
  },
}

export const FAULTS: readonly Fault[] = [
  ...Object.entries(CALLS).flatMap(([call, fates]) =>
    Object.entries(fates).map(([name, fate]) => ({ name, call, fate })),
  ),
  // Sealed under what KMS never wrapped, with both renditions: VERIFY refuses it, and the upload stays to be sealed again.
  { name: 'gives a wrong key', call: 'kms.GenerateDataKey', fate: wrongKey, refused: 3 },
  { name: 'is slow', call: 'kms.GenerateDataKey', fate: { slowMs: 400 }, harmless: true },
  { name: 'is slow', call: 'kms.Decrypt', fate: { slowMs: 400 }, harmless: true },
  { name: 'is slow', call: 's3.GetObject', fate: { slowMs: 200 }, harmless: true },
  { name: 'is slow', call: 'dynamodb.TransactWriteItems', fate: { slowMs: 400 }, harmless: true },
  // Events are for people who watch: nothing depends on them.
  { name: 'breaks', call: 'events.PutEvents', fate: json(500, 'InternalException'), harmless: true },
  { name: 'is denied', call: 'events.PutEvents', fate: json(400, 'AccessDeniedException'), harmless: true },
]

/** Of an attempt of which only the first rendition is wrong, nothing stays once another was committed. */
export function refusedBy({ refused = 0 }: Fault, how: 'once' | 'always'): number {
  return how === 'always' ? refused : 0
}

/** The first call of that name alone, or every one. */
export function fateOf({ call, fate }: Fault, how: 'once' | 'always'): (asked: Asked) => Fate {
  let met = 0
  return (asked) => {
    if (asked.call !== call) return 'pass'
    return ++met === 1 || how === 'always' ? fate : 'pass'
  }
}
