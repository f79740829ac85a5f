/** What every provider of the Objects port refuses alike: keys and metadata that some other provider could not keep. */
import type { Bucket } from './ports.ts'

const OPAQUE_KEY = /^[A-Za-z0-9._/-]{1,512}$/
const MAX_KEY_BYTES = 1_024
const METADATA_NAME = /^[a-z0-9-]{1,64}$/
/** Bytes of names and values together: what still fits S3's 2 KiB when it is sent as base64. */
const MAX_METADATA_BYTES = 1_400

/** Keys that we choose. @throws RangeError; the message doesn't repeat the key, because it may be somebody's input */
export function checkOpaqueKey(key: string): void {
  if (!OPAQUE_KEY.test(key) || key.split('/').includes('..')) {
    throw new RangeError('an object key is 1-512 characters of A-Z a-z 0-9 . _ / - without a ".." part')
  }
}

/** Keys on S3: uploaders choose those of intake, and S3 takes any UTF-8. @throws RangeError */
export function checkS3Key(bucket: Bucket, key: string): void {
  if (bucket === 'vault') checkOpaqueKey(key)
  else if (key === '' || !key.isWellFormed() || Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new RangeError(`an object key is 1-${MAX_KEY_BYTES} bytes of UTF-8`)
  }
}

/** @throws RangeError */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  let total = 0
  for (const [name, value] of Object.entries(metadata)) {
    if (!METADATA_NAME.test(name) || !value.isWellFormed()) {
      throw new RangeError('object metadata has names of 1-64 characters a-z 0-9 - and well-formed values')
    }
    total += name.length + Buffer.byteLength(value)
  }
  if (total > MAX_METADATA_BYTES) throw new RangeError(`object metadata is at most ${MAX_METADATA_BYTES} bytes`)
}
