/**
 * Whether a bucket is one that a stack of Safelight's works with itself. Were it adopted as an intake, what it holds would be
 * sealed once more and then erased. Stacks tag their buckets; a vault is known by what lies in it too, whatever copied it, and
 * another stack's intake by the queue that it tells.
 */
import { randomBytes } from 'node:crypto'
import {
  GetBucketTaggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type NotificationConfiguration,
  type S3Client,
} from '@aws-sdk/client-s3'
import { codeOf } from './errors.ts'
import { HOLDS_TAG } from './holds.ts'

const SEALED_KEYS = 'o/'
const SEALED_KEY = /^o\/[0-9a-f]{32}$/
const MAGIC = 'SLV1'
/** An upload of somebody else's may have such a key, so some are looked at, here and there: none stands in front of the rest. */
const LOOKED_AT = 32
const PAGE = 1_000
/** As CloudFormation names the seal queue of a stack. */
const SEAL_QUEUE = /:([^:]+)-SealWorkQueue[^:]*$/

/** @returns undefined where S3 says by an error of this name that nothing is set up */
export async function unless<T>(code: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (codeOf(error) === code) return undefined
    throw error
  }
}

/** @returns what of ours it holds, in words; undefined when it is no bucket of ours */
export async function heldIn(client: S3Client, Bucket: string): Promise<string | undefined> {
  const tagging = await unless('NoSuchTagSet', () => client.send(new GetBucketTaggingCommand({ Bucket })))
  const tag = tagging?.TagSet?.find(({ Key }) => Key === HOLDS_TAG)?.Value
  if (tag !== undefined) return tag
  for (const StartAfter of [SEALED_KEYS, SEALED_KEYS + randomBytes(16).toString('hex')]) {
    const command = new ListObjectsV2Command({ Bucket, Prefix: SEALED_KEYS, StartAfter, MaxKeys: PAGE })
    const { Contents = [] } = await client.send(command)
    const keys = Contents.flatMap(({ Key }) => (Key !== undefined && SEALED_KEY.test(Key) ? [Key] : []))
    for (const key of someOf(keys)) if (await isSealed(client, Bucket, key)) return 'sealed objects'
  }
  return undefined
}

/** By chance, because whoever puts other things in front would know any order. */
function someOf(keys: readonly string[]): readonly string[] {
  const drawn = keys.map((key) => ({ key, at: randomBytes(6).readUIntBE(0, 6) }))
  return drawn
    .sort((a, b) => a.at - b.at)
    .slice(0, LOOKED_AT)
    .map(({ key }) => key)
}

/** @returns the name of the stack whose intake it is, as far as the queue that it tells says so; undefined for none */
export function intakeOf({ QueueConfigurations = [] }: NotificationConfiguration): string | undefined {
  for (const { QueueArn = '' } of QueueConfigurations) {
    const [, stack] = SEAL_QUEUE.exec(QueueArn) ?? []
    if (stack !== undefined) return stack
  }
  return undefined
}

async function isSealed(client: S3Client, Bucket: string, Key: string): Promise<boolean> {
  // An empty object has no such range.
  const found = await unless('InvalidRange', () =>
    client.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${MAGIC.length - 1}` })),
  )
  return (await found?.Body?.transformToString('latin1')) === MAGIC
}
