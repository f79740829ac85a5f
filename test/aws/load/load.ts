/**
 * The load that a stack must bear, alike for every emulator: pictures of mixed sizes, and beside them some that can't be
 * read, because whoever uploaded them put them into an archive. Those must wait, in the dead-letter queue and in intake,
 * until they are restored and an operator redrives.
 */
import { HeadObjectCommand, RestoreObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { givenUp } from '../../../cli/stack/redrive.ts'
import { openIndexKey } from '../../../shared/platform/aws/secrets.ts'
import type { Deployed } from '../deployed.ts'
import { accountOf } from './account.ts'
import { emptied, type Upload, until, uploadAll } from './intake.ts'
import { numbered } from './pictures.ts'

/** How many are opened by link and compared with what was uploaded, evenly chosen. */
const OPENED = 6
const LOADED = 'load/'
const ARCHIVED = 'archived/'

export interface Outcome {
  /** From the first upload until intake holds nothing but what can't be read. */
  readonly seconds: number
  readonly committed: number
  readonly lost: number
  readonly twice: number
  readonly unnamed: number
  /** Those that can't be read: messages given up, and versions still in intake, after all others were sealed. */
  readonly poisonGivenUp: number
  readonly poisonKept: number
  /** Committed by a redrive once they could be read. */
  readonly redriven: number
  /** Of `OPENED`, opened to other bytes than were uploaded. */
  readonly wrong: number
}

/** Resolves once the stack gave them all up. */
async function poison(on: Deployed, drawn: readonly Buffer[], count: number): Promise<readonly Upload[]> {
  const uploads = await uploadAll(on, drawn, { prefix: ARCHIVED, count, storageClass: 'GLACIER' })
  await until('what is archived is given up', 10, async () => (await givenUp(on.stack)).seal === count)
  return uploads
}

async function restore({ outputs }: Deployed, uploads: readonly Upload[]): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true })
  for (const { key, versionId } of uploads) {
    const object = { Bucket: outputs.IntakeBucketName, Key: key, VersionId: versionId }
    const RestoreRequest = { Days: 1, GlacierJobParameters: { Tier: 'Standard' } } as const
    await s3.send(new RestoreObjectCommand({ ...object, RestoreRequest }))
    // Only the newest version says so on every emulator; these have no other.
    const head = new HeadObjectCommand({ Bucket: object.Bucket, Key: key })
    await until('it is restored', 1, async () => /ongoing-request="false"/.test((await s3.send(head)).Restore ?? ''))
  }
}

async function keptOf({ stack }: Deployed, uploads: readonly Upload[]): Promise<number> {
  let kept = 0
  for (const { key, versionId } of uploads) if (await stack.objects.head('intake', key, versionId)) kept++
  return kept
}

async function wronglyOpened(
  on: Deployed,
  drawn: readonly Buffer[],
  rows: ReadonlyMap<Upload, { readonly id: string }>,
): Promise<number> {
  let wrong = 0
  const all = [...rows]
  for (let i = 0; i < OPENED; i++) {
    const [upload, row] = all[Math.floor((i * all.length) / OPENED)] ?? []
    if (!upload || !row) throw new Error('too few were committed to open any')
    const order = { objectId: row.id, rendition: 'original', ttlSeconds: 600, uses: 1 }
    const { url } = await on.stack.link(order)
    if (!(await on.read(url)).equals(numbered(drawn, upload.number))) wrong++
  }
  return wrong
}

/**
 * @throws Error when something doesn't come to its end in time
 */
export async function bear(
  on: Deployed,
  drawn: readonly Buffer[],
  { pictures, archived }: { readonly pictures: number; readonly archived: number },
): Promise<Outcome> {
  const poisoned = await poison(on, drawn, archived)
  const started = performance.now()
  const uploads = await uploadAll(on, drawn, { prefix: LOADED, count: pictures })
  await until('all that can be read is sealed', 5 + pictures / 20, emptied(on, LOADED))
  const seconds = (performance.now() - started) / 1_000
  const indexKey = await openIndexKey(on.outputs.IndexSecretName).indexKey()
  const { rows, ...loaded } = await accountOf(on.stack, indexKey, uploads)
  const meanwhile = { poisonGivenUp: (await givenUp(on.stack)).seal, poisonKept: await keptOf(on, poisoned) }
  const wrong = await wronglyOpened(on, drawn, rows)

  await restore(on, poisoned)
  await on.safelight('redrive')
  await until('what was archived is sealed', 5, emptied(on, ARCHIVED))
  const end = await accountOf(on.stack, indexKey, [...uploads, ...poisoned])
  return {
    ...{ seconds, ...meanwhile, wrong, committed: rows.size, redriven: end.rows.size - rows.size },
    ...{ lost: loaded.lost + end.lost, twice: loaded.twice + end.twice, unnamed: loaded.unnamed + end.unnamed },
  }
}

/** What both suites expect of a load. */
export function soundly(pictures: number, archived: number): Omit<Outcome, 'seconds'> {
  return {
    ...{ committed: pictures, lost: 0, twice: 0, unnamed: 0, wrong: 0 },
    ...{ poisonGivenUp: archived, poisonKept: archived, redriven: archived },
  }
}
