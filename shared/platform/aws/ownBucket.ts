/**
 * Whether a bucket is one that a stack of Safelight's works with itself. Were it adopted as an intake, what it holds would be
 * sealed once more and then erased. Stacks tag their buckets; a vault is known by what lies in it too, whatever copied it.
 */
import { GetBucketTaggingCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { codeOf } from './errors.ts'
import { HOLDS_TAG } from './holds.ts'

const SEALED_KEYS = 'o/'
const SEALED_KEY = /^o\/[0-9a-f]{32}$/
const MAGIC = 'SLV1'
/** An upload of somebody else's may have such a key; ten of them in a row that are no vault's are enough. */
const LOOKED_AT = 10

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
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix: SEALED_KEYS, MaxKeys: LOOKED_AT }),
  )
  for (const { Key } of Contents) {
    if (Key !== undefined && SEALED_KEY.test(Key) && (await isSealed(client, Bucket, Key))) return 'sealed objects'
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
