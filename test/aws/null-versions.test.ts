// Uploads without a version of their own, S3's `null`: from before versioning was on they are sealed like any other; where it
// is suspended each takes the last one's place, and none may go that isn't sealed.
import { randomBytes } from 'node:crypto'
import {
  type BucketVersioningStatus,
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readAsOwner } from '../../shared/flow/open.ts'
import { remove } from '../../shared/flow/remove.ts'
import { seal } from '../../shared/flow/seal.ts'
import { type VerifyOutcome, verify } from '../../shared/flow/verify.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { clientConfig } from '../../shared/platform/aws/settings.ts'
import { isVersioned } from '../../shared/platform/aws/versioning.ts'
import type { ObjectInfo } from '../../shared/platform/ports.ts'
import { collect } from '../support/memory.ts'
import { makeWorld, type Ports, smallPicture, type World } from '../support/world.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

const KEY = 'the same.png'
const OWNER = { principal: 'owner', ip: '127.0.0.1' }
let stack: Emulator
let s3: S3Client
let world: World
let ports: Ports
let intake: string
let first: Buffer
let second: Buffer

beforeAll(async () => {
  stack = await startMiniStack()
  Object.assign(process.env, stack.env)
  s3 = new S3Client({ ...clientConfig(), forcePathStyle: true })
  first = await smallPicture(1)
  second = await smallPicture(2)
})
afterAll(() => stack[Symbol.asyncDispose]())

beforeEach(async () => {
  const id = randomBytes(6).toString('hex')
  intake = `intake-${id}`
  const vault = `vault-${id}`
  for (const Bucket of [intake, vault]) await s3.send(new CreateBucketCommand({ Bucket }))
  await versioning('Enabled', vault)
  world = await makeWorld()
  ports = { ...world.ports, objects: openS3Objects({ intake, vault }) }
})
afterEach(() => world[Symbol.asyncDispose]())

async function versioning(Status: BucketVersioningStatus, Bucket = intake): Promise<void> {
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
}

/** @returns its version */
async function upload(Body: Buffer, Key = KEY): Promise<string> {
  return (await s3.send(new PutObjectCommand({ Bucket: intake, Key, Body }))).VersionId ?? 'null'
}

/** Uploaded before versioning was on, as what a backfill finds. */
async function uploadedEarly(body: Buffer): Promise<void> {
  expect(await upload(body)).toBe('null')
  await versioning('Enabled')
}

/** Uploaded under the name of another, while versioning was off for a while. */
async function meanwhile(body: Buffer): Promise<void> {
  await versioning('Suspended')
  expect(await upload(body)).toBe('null')
  await versioning('Enabled')
}

let sequence = 0
async function sealed(on: Ports = ports): Promise<ObjectInfo> {
  const ref = { bucket: 'intake', key: KEY, versionId: 'null' } as const
  const outcome = await seal(on, { ref, sequencer: String(++sequence).padStart(16, '0'), deaths: 0 })
  if (outcome.outcome !== 'sealed') throw new Error(outcome.outcome)
  return outcome.stored
}

async function verified({ key, versionId }: ObjectInfo, on: Ports = ports): Promise<VerifyOutcome> {
  return verify(on, key, versionId)
}

async function committed(stored: ObjectInfo): Promise<string> {
  const outcome = await verified(stored)
  if (outcome.outcome !== 'committed') throw new Error(outcome.outcome)
  return outcome.objectId
}

async function left(): Promise<readonly string[]> {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: intake }))
  return Versions.map(({ VersionId }) => VersionId ?? '')
}

async function lies(body: Buffer): Promise<boolean> {
  const found = await ports.objects.get({ bucket: 'intake', key: KEY, versionId: 'null' })
  return found !== undefined && (await collect(found)).equals(body)
}

async function isOpened(id: string, body: Buffer): Promise<boolean> {
  const read = await readAsOwner(ports, OWNER, id, 'original')
  return read !== undefined && (await collect(read.opened.stream())).equals(body)
}

describe('from before versioning was on', () => {
  test('an upload is sealed, verified and erased', async () => {
    await uploadedEarly(first)
    const id = await committed(await sealed())
    expect(await left()).toEqual([])
    expect(await isOpened(id, first)).toBe(true)
  })

  test('an upload is erased below a newer version of its name, which stays', async () => {
    await uploadedEarly(first)
    const newer = await upload(second)
    const id = await committed(await sealed())
    expect(await left()).toEqual([newer])
    expect(await isOpened(id, first)).toBe(true)
  })

  test('two attempts at one upload end as one object', async () => {
    await uploadedEarly(first)
    const [won, lost] = [await sealed(), await sealed()]
    const id = await committed(won)
    expect(await verified(lost)).toEqual({ outcome: 'superseded', winner: id })
    expect(await left()).toEqual([])
    expect(await isOpened(id, first)).toBe(true)
  })

  test('what a crash left of a committed upload is erased', async () => {
    await uploadedEarly(first)
    const stored = await sealed()
    const erase = () => Promise.reject(new Error('killed'))
    await expect(verified(stored, { ...ports, objects: { ...ports.objects, erase } })).rejects.toThrow('killed')
    expect(await lies(first)).toBe(true)
    await committed(stored)
    expect(await left()).toEqual([])
  })
})

describe('while versioning is suspended', () => {
  test('nothing is sealed, and the reason is told', async () => {
    await versioning('Suspended')
    await upload(first)
    await expect(sealed()).rejects.toMatchObject({
      name: 'Unavailable',
      advice: expect.stringMatching(/versioning .* is not on/),
    })
    expect(await lies(first)).toBe(true)
    expect(await isVersioned(intake)).toBe(false)
    await versioning('Enabled')
    expect(await isVersioned(intake)).toBe(true)
    await committed(await sealed())
    expect(await left()).toEqual([])
  })

  test('nothing is verified, and all of it is once it is on again', async () => {
    await uploadedEarly(first)
    const stored = await sealed()
    await versioning('Suspended')
    await expect(verified(stored)).rejects.toMatchObject({
      name: 'Unavailable',
      advice: expect.stringMatching(/versioning .* is not on/),
    })
    expect(await lies(first)).toBe(true)
    await versioning('Enabled')
    await committed(stored)
    expect(await left()).toEqual([])
  })

  test('nothing is erased that was suspended on the way', async () => {
    await uploadedEarly(first)
    const commit: Ports['catalogue']['commit'] = async (row) => {
      await versioning('Suspended')
      return ports.catalogue.commit(row)
    }
    const stored = await sealed()
    const suspending = { ...ports, catalogue: { ...ports.catalogue, commit } }
    await expect(verified(stored, suspending)).rejects.toThrow(/keeps no versions/)
    expect(await lies(first)).toBe(true)
  })
})

describe('another upload that took the place of the one that was sealed', () => {
  const refused = { name: 'VerificationFailed', reason: 'version-reused' }

  test('before that was verified, is not erased, and is sealed itself', async () => {
    await uploadedEarly(first)
    const stored = await sealed()
    await meanwhile(second)
    await expect(verified(stored)).rejects.toMatchObject(refused)
    expect(await lies(second)).toBe(true)
    expect(await isOpened(await committed(await sealed()), second)).toBe(true)
    expect(await left()).toEqual([])
  })

  test('between comparing and erasing, is not erased', async () => {
    await uploadedEarly(first)
    const stored = await sealed()
    const commit: Ports['catalogue']['commit'] = async (row) => {
      await meanwhile(second)
      return ports.catalogue.commit(row)
    }
    const racing = { ...ports, catalogue: { ...ports.catalogue, commit } }
    await expect(verified(stored, racing)).rejects.toThrow('another upload took its place')
    expect(await lies(second)).toBe(true)
  })

  test('between the last look and erasing, is not erased', async () => {
    await uploadedEarly(first)
    const stored = await sealed()
    const erase: Ports['objects']['erase'] = async (ref) => {
      if (ref.bucket === 'intake') await meanwhile(second)
      return ports.objects.erase(ref)
    }
    const racing = { ...ports, objects: { ...ports.objects, erase } }
    await expect(verified(stored, racing)).rejects.toThrow('another upload took its place')
    expect(await lies(second)).toBe(true)
  })

  test('after that was committed, is neither erased nor lost, whoever is verified', async () => {
    await uploadedEarly(first)
    const winner = await sealed()
    const id = await committed(winner)
    await meanwhile(second)
    const stored = await sealed()
    for (const one of [stored, winner]) await expect(verified(one)).rejects.toMatchObject(refused)
    expect(await lies(second)).toBe(true)
    expect(await ports.objects.head('vault', stored.key)).toBeDefined()
    expect(await isOpened(id, first)).toBe(true)
  })

  test('after that was removed by its owner, is not erased', async () => {
    await uploadedEarly(first)
    const id = await committed(await sealed())
    await remove(ports, OWNER, id)
    await meanwhile(second)
    await expect(verified(await sealed())).rejects.toMatchObject(refused)
    expect(await lies(second)).toBe(true)
  })
})
