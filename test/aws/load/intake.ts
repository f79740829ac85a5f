/** Uploads into a deployed stack's intake, many at a time, and the wait until none of them is left there. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Deployed } from '../deployed.ts'
import { numbered } from './pictures.ts'

const LANES = 4

export interface Upload {
  readonly key: string
  readonly versionId: string
  /** Which picture it is: `numbered` makes its bytes again. */
  readonly number: number
}

export interface Uploading {
  /** What its keys begin with. */
  readonly prefix: string
  readonly count: number
  /** S3's name for a class whose objects can't be read until they are restored. */
  readonly storageClass?: 'GLACIER'
}

export async function uploadAll(
  { outputs }: Pick<Deployed, 'outputs'>,
  drawn: readonly Buffer[],
  { prefix, count, storageClass }: Uploading,
): Promise<readonly Upload[]> {
  const s3 = new S3Client({ forcePathStyle: true })
  const uploads: Upload[] = []
  let next = 0
  async function lane(): Promise<void> {
    for (let number = next++; number < count; number = next++) {
      const key = `${prefix}${number}`
      const put = { Bucket: outputs.IntakeBucketName, Key: key, Body: numbered(drawn, number) }
      const { VersionId: versionId = '' } = await s3.send(
        new PutObjectCommand({ ...put, ...(storageClass && { StorageClass: storageClass }) }),
      )
      uploads.push({ key, versionId, number })
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return uploads
}

/** @throws Error when it isn't so in time */
export async function until(what: string, minutes: number, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; await sleep(150)) if (await isSo()) return
  throw new Error(`${what}: not within ${minutes} min`)
}

/** Asks for one version alone: a listing of thousands, several times a second, would be a load of its own. */
export function emptied({ outputs }: Pick<Deployed, 'outputs'>, prefix: string): () => Promise<boolean> {
  const s3 = new S3Client({ forcePathStyle: true })
  const one = { Bucket: outputs.IntakeBucketName, Prefix: prefix, MaxKeys: 1 }
  return async () => ((await s3.send(new ListObjectVersionsCommand(one))).Versions ?? []).length === 0
}
