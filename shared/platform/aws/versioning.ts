/** Whether a bucket keeps every upload beside those of the same name. Suspended, or never on, each takes the last one's place. */
import { GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { onAws } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

export async function keepsVersions(client: Pick<S3Client, 'send'>, Bucket: string): Promise<boolean> {
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }))
  return Status === 'Enabled'
}

/** @param bucket as the account calls it. @throws Unavailable */
export function isVersioned(bucket: string, settings: AwsSettings = {}): Promise<boolean> {
  const client = new S3Client(clientConfig(settings))
  return onAws("looking at the intake bucket's versioning", () => keepsVersions(client, bucket))
}
