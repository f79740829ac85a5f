/** The product on AWS, whole: the real app, packages, models and photographs on a deployed stack, from upload to exact bytes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectTaggingCommand, HeadObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notificationOf } from '../../functions/s3-events.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import { root } from '../rules/tree.ts'
import { hear } from './bus.ts'
import type { Deployed } from './deployed.ts'
import type { Emulator } from './emulator.ts'
import { bear, soundly } from './load/load.ts'
import { drawPictures } from './load/pictures.ts'
import { logsOf } from './logs.ts'
import { emptyTable } from './rebuilding.ts'

const picture = (...path: string[]) => readFile(join(root, ...path))
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')

const EARLY = Buffer.from('before any key')

/** Names as patients have them; what each shows is known. */
const UPLOADS: readonly (readonly [key: string, body: () => Promise<Buffer>, tier: string])[] = [
  ['Aurelia Quandt passport.jpg', () => picture('samples', 'identity-card.jpg'), 'restricted'],
  ['holiday/Aurelia Quandt/coast.jpg', () => picture('samples', 'landscape.jpg'), 'public'],
  ['Ünïcode +1 100%/Aurelia Quandt ü.jpg', () => picture('test', 'fixtures', 'pictures', 'face.jpg'), 'confidential'],
  ['aurelia-quandt.dcm', () => picture('test', 'fixtures', 'pictures', 'header.dcm'), 'restricted'],
  ['aurelia-quandt.svg', async () => SVG, 'restricted'],
  ['aurelia-quandt-empty.jpg', async () => Buffer.alloc(0), 'restricted'],
  ['aurelia-quandt-twice.jpg', () => picture('test', 'fixtures', 'pictures', 'page.png'), 'confidential'],
  ['aurelia-quandt-twice.jpg', () => picture('samples', 'receipt.jpg'), 'confidential'],
]
/** What names of files and findings look like; none of it may be in the clear. */
const TELLTALE = /quandt|aurelia|passport|holiday|unïcode|\bface\b|document|medical|unreadable/i

/** The load that `safelight bench aws` puts through a stack, in small. */
const [KINDS, PICTURES, ARCHIVED] = [20, 60, 3]
/** Each of an emulator's functions is a process of its own: twenty would wait for one another. */
export const FEW = { concurrency: 2 }

interface Options {
  /** False for emulators whose Step Functions fails at a bucket in which nothing lies. */
  readonly listsNothing?: boolean
  /** What `doctor` says of alarms that ring there though all is well. */
  readonly ringing?: readonly RegExp[]
}

/** @param deploy to an emulator that was just started: the stack has no keys yet */
export function describeEndToEnd(
  start: () => Promise<Emulator>,
  deploy: (emulator: Emulator) => Promise<Deployed>,
  { listsNothing = true, ringing = [] }: Options = {},
): void {
  let emulator: Emulator
  let on: Deployed
  let heard: () => Promise<readonly string[]>
  const objects: { readonly id: string; readonly body: Buffer; readonly tier: string }[] = []

  beforeAll(async () => {
    emulator = await start()
    on = await deploy(emulator)
    heard = await hear(on.outputs.EventBusName)
  })
  afterAll(() => emulator?.[Symbol.asyncDispose]())

  async function linkTo(objectId: string, more: object = {}): Promise<string> {
    return (await on.stack.link({ objectId, rendition: 'original', ttlSeconds: 60, uses: 1, ...more })).url
  }

  describe('an upload', () => {
    test('waits until there are keys, and none is lost', async () => {
      const versionId = await on.upload('early', EARLY)
      expect(await on.left()).toEqual(['version of early'])
      await expect(on.safelight('doctor')).rejects.toMatchObject({
        stdout: expect.stringMatching(/keys: there are no keys yet/),
      })
      expect(await on.safelight('keys', 'init')).toMatch(/^made generation 1 /)
      const info = await on.stack.objects.head('intake', 'early', versionId)
      if (info === undefined) throw new Error('the upload is gone')
      // As SWEEP does once it has been quiet: its queue's own next try is many minutes away.
      await openSqsQueue(on.outputs.SealQueueUrl).send(notificationOf(info, on.outputs.IntakeBucketName))
      objects.push({ id: await on.becomes('early', versionId), body: EARLY, tier: 'restricted' })
    })

    test('is sealed, verified, catalogued and gone in all versions, whatever it is called', async () => {
      const uploaded: { key: string; versionId: string; body: Buffer; tier: string }[] = []
      for (const [key, body, tier] of UPLOADS) {
        const bytes = await body()
        uploaded.push({ key, versionId: await on.upload(key, bytes), body: bytes, tier })
      }
      for (const { key, versionId, body, tier } of uploaded) {
        const id = await on.becomes(key, versionId)
        objects.push({ id, body, tier })
      }
      expect(await on.left()).toEqual([])
      expect(new Set(objects.map(({ id }) => id)).size).toBe(UPLOADS.length + 1)
    })

    test('is at the tier of what it shows', async () => {
      const listed = (await on.safelight('ls', '--json')).trim().split('\n')
      const tiers = new Map(listed.map((line) => JSON.parse(line)).map(({ id, tier }) => [id, tier]))
      for (const { id, tier } of objects) expect(tiers.get(id)).toBe(tier)
    })
  })

  describe('a link', () => {
    test('opens the exact bytes of each', async () => {
      for (const { id, body } of objects) expect((await on.read(await linkTo(id))).equals(body)).toBe(true)
    })

    test('opens a range, and spends a use for it', async () => {
      const [, first] = objects
      const url = await linkTo(first?.id ?? '', { uses: 2 })
      expect((await on.read(url, '100-20099')).equals(first?.body.subarray(100, 20_100) ?? Buffer.of())).toBe(true)
      expect((await on.read(url)).length).toBe(first?.body.length)
      await expect(on.read(url)).rejects.toThrow(/410/)
    })

    test('that was used, forged or revoked opens nothing', async () => {
      const url = await linkTo(objects[2]?.id ?? '')
      await on.read(url)
      await expect(on.read(url)).rejects.toThrow(/410/)
      await expect(on.read(`${url.slice(0, -8)}AAAAAAAA`)).rejects.toThrow(/404/)
      const made = await on.stack.link({ objectId: objects[2]?.id, uses: 5 })
      await on.safelight('revoke', made.link)
      await expect(on.read(made.url)).rejects.toThrow(/410/)
    })

    test('beyond what the tier allows is refused, with the limit named', async () => {
      const restricted = objects.find(({ tier }) => tier === 'restricted')
      await expect(linkTo(restricted?.id ?? '', { uses: 1_000 })).rejects.toThrow(/10/)
    })

    test('leaves an event for each read', async () => {
      const accesses = await on.stack.catalogue.accesses({ limit: 100 })
      expect(accesses.filter(({ action, status }) => action === 'read' && status === 200).length).toBeGreaterThan(
        objects.length,
      )
      expect(accesses.some(({ status }) => status === 206)).toBe(true)
      expect(accesses.some(({ status }) => status === 410)).toBe(true)
    })
  })

  describe('the command line', () => {
    test('puts, lists, links, opens and removes', async () => {
      const put = JSON.parse(await on.safelight('put', '--json', join(root, 'test/fixtures/pictures/coffee.webp')))
      expect(put).toMatchObject({ tier: 'public', erased: false })
      expect(await on.safelight('ls')).toContain(put.id)
      const { url } = JSON.parse(await on.safelight('link', put.id.slice(0, 10), '--json'))
      expect((await on.read(url)).equals(await picture('test/fixtures/pictures/coffee.webp'))).toBe(true)
      expect(await on.safelight('links', put.id)).toMatch(/used-up/)
      expect(await on.safelight('rm', put.id)).toMatch(/deleted/)
      await expect(on.safelight('link', put.id)).rejects.toThrow(/no such object/)
    })

    test('opens an object by its id, a range of it, and a link, once', async () => {
      const [, { id, body } = { id: '', body: EARLY }] = objects
      const folder = await mkdtemp(join(tmpdir(), 'safelight-end-to-end-'))
      try {
        const opened = async (...args: readonly string[]) => {
          await on.safelight('open', ...args, '--force', '-o', join(folder, 'out'))
          return readFile(join(folder, 'out'))
        }
        expect((await opened(id)).equals(body)).toBe(true)
        expect((await opened(id, '--range', '5-70004')).equals(body.subarray(5, 70_005))).toBe(true)
        const { url } = JSON.parse(await on.safelight('link', id, '--json'))
        expect((await opened(url)).equals(body)).toBe(true)
        await expect(opened(url)).rejects.toThrow(/410/)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })

    test('rotates, rewraps and retires; everything still opens, and links made before do', async () => {
      const before = await linkTo(objects[2]?.id ?? '', { ttlSeconds: 600 })
      expect(await on.safelight('keys', 'rotate')).toMatch(/generation 2 /)
      await expect(on.safelight('keys', 'retire', '1')).rejects.toThrow(/still need generation 1/)
      expect(JSON.parse(await on.safelight('rewrap', '--json'))).toMatchObject({ failed: 0 })
      expect(await on.safelight('keys', 'retire', '1')).toMatch(/generation 1 is retired/)
      expect(await on.safelight('keys', 'list')).toMatch(/1 .* retired .*\n2 .* current/)
      expect((await on.read(before)).equals(objects[2]?.body ?? Buffer.of())).toBe(true)
      for (const { id, body } of objects) expect((await on.read(await linkTo(id))).equals(body)).toBe(true)
    })

    test('erases for good, and no version of it is left in the vault', async () => {
      // With renditions of its own.
      const first = objects[2]
      const row = await on.stack.catalogue.object(first?.id ?? '')
      await on.safelight('erase', first?.id ?? '', '--reason', 'subject-request')
      const { Versions = [], DeleteMarkers = [] } = await new S3Client({ forcePathStyle: true }).send(
        new ListObjectVersionsCommand({ Bucket: on.outputs.VaultBucketName }),
      )
      const ids = [first?.id ?? '', ...(row?.renditions ?? []).map(({ id }) => id)]
      const left = [...Versions, ...DeleteMarkers].flatMap(({ Key = '' }) =>
        ids.some((id) => Key.includes(id)) ? [Key] : [],
      )
      expect(left).toEqual([`t/${first?.id}`])
      expect(Versions.map(({ Key }) => Key)).toContain(`t/${row?.source}`)
    })

    const backfill = async () => {
      const ended = JSON.parse(await on.safelight('backfill', '--wait', '--json'))
      expect(ended).toMatchObject({ workflow: 'backfill', status: 'succeeded', failed: 0 })
      expect(JSON.parse(await on.safelight('backfill', '--progress', '--json'))).toEqual(ended)
    }
    if (listsNothing) test('backfills by the workflow that was deployed, and says how far it is', backfill)

    test('sees what was given up, and how the stack is', async () => {
      expect(await on.safelight('redrive', '--dry-run')).toMatch(/seal: about 0 wait\nverify: about 0 wait/)
      // With problems it exits by 1.
      const told = await on.safelight('doctor').catch(({ stdout }: { readonly stdout: string }) => stdout)
      expect(told).toMatch(/ok {7}deployment: .*\nok {7}keys: generation 2 seals/)
      const problems = told.split('\n').filter((line) => line.startsWith('problem'))
      expect(problems).toEqual(ringing.map((alarm) => expect.stringMatching(alarm)))
    })

    test('makes a lost catalogue again from vault and keys', async () => {
      const idsNow = async () => (await on.stack.catalogue.objects()).map(({ id }) => id).sort()
      const before = await idsNow()
      expect(await emptyTable(new DynamoDBClient(), on.outputs.CatalogueTableName)).toBeGreaterThan(before.length)
      expect(JSON.parse(await on.safelight('catalogue', 'rebuild', '--json'))).toMatchObject({ sent: before.length })
      await expect.poll(idsNow, { timeout: 120_000 }).toEqual(before)
      const { id, body } = objects.at(-1) ?? {}
      expect((await on.read(await linkTo(id ?? ''))).equals(body ?? Buffer.of())).toBe(true)
    })
  })

  test('after all of it no name and no finding is in a log, an event, a row, a key or metadata', async () => {
    const { outputs } = on
    const s3 = new S3Client({ forcePathStyle: true })
    const dynamo = new DynamoDBClient({})
    const seen: Record<string, string> = {
      logs: (await logsOf(emulator)).join('\n'),
      events: (await heard()).join('\n'),
    }
    for (const TableName of [outputs.CatalogueTableName, outputs.KeyTableName]) {
      seen[TableName] = JSON.stringify((await dynamo.send(new ScanCommand({ TableName }))).Items)
    }
    const Bucket = outputs.VaultBucketName
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
    for (const { Key, VersionId } of Versions) {
      const { Metadata, ContentType, ContentDisposition } = await s3.send(
        new HeadObjectCommand({ Bucket, Key, VersionId }),
      )
      const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))
      seen[`${Key} ${VersionId}`] = JSON.stringify({ Key, Metadata, ContentType, ContentDisposition, TagSet })
    }
    expect(seen.logs?.length).toBeGreaterThan(1_000)
    for (const { id } of objects) expect(seen.events).toContain(id)
    expect(Versions.length).toBeGreaterThan(objects.length)
    for (const [where, text] of Object.entries(seen)) expect(text.match(TELLTALE)?.[0], where).toBeUndefined()
  })

  test("sixty pictures at once are all committed, none twice, none lost; what can't be read waits until redriven", async () => {
    const outcome = await bear(on, await drawPictures(KINDS), { pictures: PICTURES, archived: ARCHIVED })
    expect(outcome).toMatchObject(soundly(PICTURES, ARCHIVED))
  })
}
