/** Events as SQS may hand them over: a hundred times, in any order, of versions that were overwritten or deleted since. */

import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { indexOf } from '../../../shared/flow/source.ts'
import { namePartition } from '../../../shared/platform/aws/catalogueKeys.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { smallPicture } from '../../support/world.ts'
import { arrived, batchOf, created, deliver, type Upload, upload } from './delivery.ts'
import { type Begun, begin, type Ground, settle } from './scenario.ts'

/** @returns what broke an invariant */
export type EventScenario = (ground: Ground) => Promise<readonly string[]>

/** Sealed and verified by cold functions, `lanes` of them at once. */
async function deliverAll(
  { sound, tell }: Begun,
  bodies: readonly string[],
  lanes: number,
): Promise<readonly string[]> {
  const share = (all: readonly string[], lane: number) => all.filter((_, i) => i % lanes === lane)
  const inLanes = async (stage: 'seal' | 'verify', all: readonly string[]) => {
    const left = await Promise.all(
      Array.from({ length: lanes }, (_, lane) => deliver(sound()[stage], share(all, lane))),
    )
    return left.flat()
  }
  const unsealed = await inLanes('seal', bodies)
  const events = await tell()
  // At least once is what S3 promises.
  return [...unsealed, ...(await inLanes('verify', [...events, ...events]))]
}

export function sameEvent(times: number, lanes: number): EventScenario {
  return async (ground) => {
    const begun = await begin(ground)
    const file = await begun.arrive()
    const event = arrived(begun.stack, file)
    const dead = await deliverAll(
      begun,
      Array.from({ length: times }, () => event),
      lanes,
    )
    const wrong = [...(await begun.truth.neverNeither(file)), ...(await takes(begun, [event]))]
    await settle(begun)
    if (dead.length > 0) wrong.push(`${dead.length} messages went to the dead-letter queue`)
    return [...wrong, ...(await begun.truth.settled([file]))]
  }
}

/** Whatever comes once more when all is done is taken, and changes nothing. */
async function takes({ sound }: Begun, bodies: readonly string[]): Promise<readonly string[]> {
  const { batchItemFailures } = await sound().seal(batchOf(bodies))
  return batchItemFailures.length === 0 ? [] : ['a late event was not taken']
}

async function versions(begun: Begun, key: string, count: number): Promise<readonly Upload[]> {
  const made: Upload[] = []
  for (let n = 0; n < count; n++) made.push(await upload(begun.stack, await smallPicture(200 + n), key))
  return made
}

/** The object that a name points to: the last of its versions in the table. */
async function pointedTo({ stack, truth }: Begun, key: string): Promise<string | undefined> {
  const { name } = indexOf(primitives, await truth.ports.secrets.indexKey(), { bucket: 'intake', key, version: '' })
  const { Items = [] } = await stack.dynamo.send(
    new QueryCommand({
      TableName: stack.env.CATALOGUE_TABLE,
      KeyConditionExpression: 'pk = :name AND begins_with(sk, :at)',
      ExpressionAttributeValues: { ':name': { S: namePartition(name) }, ':at': { S: 'at#' } },
      ScanIndexForward: false,
      Limit: 1,
    }),
  )
  return Items[0]?.sk?.S?.split('#').at(-1)
}

/** Overwritten before anybody looked: every version is sealed, and the name points to the newest, whoever came last. */
const outOfOrder: EventScenario = async (ground) => {
  const begun = await begin(ground)
  const made = await versions(begun, 'scans/Zaphod Beeblebrox é+1.png', 4)
  const [first, second, third, last] = made.map((one) => arrived(begun.stack, one))
  const wrong: string[] = []
  for (const event of [last, first, third, last, second, first]) {
    if (event === undefined) continue
    wrong.push(...(await deliverAll(begun, [event], 1)).map(() => 'a message was not taken'))
    for (const one of made) wrong.push(...(await begun.truth.neverNeither(one)))
  }
  const newest = made.at(-1)
  const id = newest && (await begun.truth.committedAs(newest))
  if (id === undefined || (await pointedTo(begun, newest?.key ?? '')) !== id) wrong.push('the name points elsewhere')
  await settle(begun)
  return [...wrong, ...(await begun.truth.settled(made))]
}

/** A version that its owner deleted for good before it was sealed leaves nothing; the others are sealed. */
const deletedVersion: EventScenario = async (ground) => {
  const begun = await begin(ground)
  const { stack, truth } = begun
  const made = await versions(begun, 'deleted.png', 2)
  const [gone, kept] = made
  if (!gone || !kept) throw new Error('two versions')
  const { key: Key, versionId: VersionId } = gone
  await stack.s3.send(new DeleteObjectCommand({ Bucket: stack.env.INTAKE_BUCKET, Key, VersionId }))
  const dead = await deliverAll(begun, [arrived(stack, gone), arrived(stack, kept), arrived(stack, gone)], 1)
  await settle(begun)
  const wrong = dead.length > 0 ? ['a message was not taken'] : []
  return [...wrong, ...(await truth.settled([kept]))]
}

/** A delete without a version only lays a marker over it: the bytes are there, and sealed. */
const deletedKey: EventScenario = async (ground) => {
  const begun = await begin(ground)
  const { stack, truth } = begun
  const made = await versions(begun, 'marked.png', 2)
  await stack.s3.send(new DeleteObjectCommand({ Bucket: stack.env.INTAKE_BUCKET, Key: 'marked.png' }))
  const dead = await deliverAll(begun, made.map((one) => arrived(stack, one)).reverse(), 2)
  await settle(begun)
  const wrong = dead.length > 0 ? ['a message was not taken'] : []
  return [...wrong, ...(await truth.settled(made))]
}

/** Gone between sealing and verifying: what is sealed is all there is, and is kept. */
const deletedMeanwhile: EventScenario = async (ground) => {
  const begun = await begin(ground)
  const { stack, truth, sound, tell, arrive } = begun
  const file = await arrive()
  await deliver(sound().seal, [arrived(stack, file)])
  const { key: Key, versionId: VersionId } = file
  await stack.s3.send(new DeleteObjectCommand({ Bucket: stack.env.INTAKE_BUCKET, Key, VersionId }))
  const dead = await deliver(sound().verify, await tell())
  await settle(begun)
  const wrong = dead.length > 0 ? ['a message was not taken'] : []
  return [...wrong, ...(await truth.settled([file]))]
}

/** What is no event of ours goes back to the queue without touching its neighbours in the batch. */
const strangers: EventScenario = async (ground) => {
  const begun = await begin(ground)
  const { stack, truth, sound, tell, arrive } = begun
  const file = await arrive()
  const poison = ['{', created('somebody-elses', file), JSON.stringify({ Records: [{ eventName: 7 }] })]
  const test = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: stack.env.INTAKE_BUCKET })
  const removed = arrived(stack, file).replace('ObjectCreated:Put', 'ObjectRemoved:DeleteMarkerCreated')
  const absent = arrived(stack, { ...file, key: 'never-there' })
  const dead = await deliver(sound().seal, [...poison, test, removed, absent, arrived(stack, file)])
  const wrong =
    dead.length === poison.length && dead.every((body) => poison.includes(body)) ? [] : ['not the poison alone']
  wrong.push(...(await deliver(sound().verify, await tell())).map(() => 'a message was not taken'))
  await settle(begun)
  return [...wrong, ...(await truth.settled([file]))]
}

export const EVENTS: Readonly<Record<string, EventScenario>> = {
  'out of order, for overwritten keys': outOfOrder,
  'for a version that was deleted': deletedVersion,
  'for a key that was deleted': deletedKey,
  'for a version that is deleted before it is verified': deletedMeanwhile,
  'that are none of ours, in one batch with one that is': strangers,
}
