/**
 * OPEN: the only thing here that the public reaches. It spends a use, unwraps and decrypts; it can't write or delete an object,
 * nor the row of one. A forged link ends before it reaches a row, an object or a key to them: it costs at most one read of the link
 * secret, in a new environment or after five minutes, and one every two seconds where forged links name link keys that don't exist.
 */
import { Fn } from 'aws-cdk-lib'
import { type FunctionUrl, FunctionUrlAuthType, InvokeMode } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { Edge } from './edge.ts'
import type { SafelightFunction } from './function.ts'
import { allow, decryptDataKeys, onObjects, onRows, onTable, tellAbsent, useThrough } from './grants.ts'
import { decapsulate } from './kem.ts'
import { makeFunction, openingEnv, type Parts, sharedEnv } from './parts.ts'
import { ENVELOPES, OBJECTS, RENDITIONS } from './vault.ts'

/** At 2 MB/s, as Lambda streams past the first 6 MB, the 200 MB that it streams at most take 100 s; clients are slower. */
const TIMEOUT_SECONDS = 300
const MEMORY_MIB = 1024

export class Opening extends Construct {
  readonly function: SafelightFunction
  readonly url: FunctionUrl
  /** Where links are served. */
  readonly origin: string

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { flags, keys, tables, vault, secrets } = parts
    const open = makeFunction(this, parts, {
      name: 'open',
      description: 'opens sealed objects for links; can neither write nor delete objects',
      memoryMiB: MEMORY_MIB,
      timeoutSeconds: TIMEOUT_SECONDS,
      reservedConcurrency: flags.reservedReads,
      env: {
        ...sharedEnv(parts),
        ...openingEnv(parts),
        VAULT_BUCKET: vault.bucket.bucketName,
        CATALOGUE_TABLE: tables.catalogue.tableName,
        LINK_SECRET: secrets.link.name,
        BUFFERED: flags.buffered ? 'true' : 'false',
      },
    })
    this.function = open
    for (const [sid, prefix] of [
      ['ReadObjects', OBJECTS],
      ['ReadRenditions', RENDITIONS],
      ['ReadEnvelopes', ENVELOPES],
    ] as const) {
      onObjects(open, sid, vault.bucket, prefix, ['GetObject', 'GetObjectVersion'])
    }
    tellAbsent(open, 'TellGoneObjects', vault.bucket)
    // One transaction: the use is spent (update) and the read recorded (put), or neither.
    onRows(open, 'Spend', tables.catalogue, ['link'], ['UpdateItem'])
    onRows(open, 'Record', tables.catalogue, ['access'], ['PutItem'])
    onRows(open, 'LookUp', tables.catalogue, ['link', 'object'], ['GetItem'])
    onTable(open, 'ReadKeyRegister', tables.register, ['Scan'])
    allow(open, 'ReadLinkKey', ['secretsmanager:GetSecretValue'], [secrets.link.arn])
    decryptDataKeys(open, keys.data, flags.stackId)
    decapsulate(open, parts)
    useThrough(open, 'UseAtRest', keys.rest, ['s3', 'dynamodb', 'secretsmanager'])

    const behindEdge = flags.edge !== false
    // Public means both permissions, InvokeFunctionUrl and InvokeFunction by way of the URL: CDK adds the pair.
    this.url = open.addFunctionUrl({
      authType: behindEdge ? FunctionUrlAuthType.AWS_IAM : FunctionUrlAuthType.NONE,
      invokeMode: flags.buffered ? InvokeMode.BUFFERED : InvokeMode.RESPONSE_STREAM,
    })
    this.origin = behindEdge ? new Edge(this, 'Edge', { flags, url: this.url }).origin : originOf(this.url)
  }
}

/** A function URL ends in a slash, an origin doesn't. */
function originOf(url: FunctionUrl): string {
  const [scheme, , host] = [0, 1, 2].map((part) => Fn.select(part, Fn.split('/', url.url)))
  return `${scheme}//${host}`
}
