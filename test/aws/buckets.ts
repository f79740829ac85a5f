// Intake and vault of a test, as a stack has them: every version is kept.
import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Bucket } from '../../shared/platform/ports.ts'

/** Under names that no other test has. */
export async function freshBuckets(s3: S3Client): Promise<Record<Bucket, string>> {
  const id = randomBytes(6).toString('hex')
  const names = { intake: `intake-${id}`, vault: `vault-${id}` }
  for (const Bucket of Object.values(names)) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  }
  return names
}
