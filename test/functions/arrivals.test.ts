/** Which versions an event is about, where the sender leaves out the version, or encodes a key that AWS doesn't. */
import { expect, test } from 'vitest'
import { arrivalsOf } from '../../functions/arrivals.ts'
import type { Created } from '../../functions/s3-events.ts'
import { sequencerAt } from '../../functions/sequencer.ts'
import type { ObjectInfo } from '../../shared/platform/ports.ts'

/** @param refs oldest first */
function bucketWith(...refs: readonly (readonly [key: string, versionId: string])[]) {
  const infos = refs.map(([key, versionId], i): ObjectInfo => {
    return { bucket: 'intake', key, versionId, size: 1, modified: 1_659_476_616_000 + i, metadata: {} }
  })
  return {
    objects: {
      head: async (_: string, key: string, version?: string) =>
        infos.findLast((info) => info.key === key && (version === undefined || info.versionId === version)),
      async *versions(_: string, { prefix = '' } = {}) {
        const keys = [...new Set(infos.map(({ key }) => key))].filter((key) => key.startsWith(prefix)).sort()
        for (const wanted of keys) yield* infos.filter(({ key }) => key === wanted).reverse()
      },
    },
  }
}

const told = (object: Partial<Created> & { readonly key: string }): Created => ({
  ...{ bucketName: 'b', sequencer: '0A' },
  ...object,
})
const keysAndVersions = async (bucket: ReturnType<typeof bucketWith>, object: Created) =>
  (await arrivalsOf(bucket, object)).map(({ ref }) => [ref.key, ref.versionId])

test('an event that says all of it costs no request', async () => {
  const never = () => {
    throw new Error('asked')
  }
  const arrivals = await arrivalsOf(
    { objects: { head: never, versions: never } },
    told({ key: 'k', versionId: 'v', uploader: 'AWS:AIDA1' }),
  )
  expect(arrivals).toEqual([
    { ref: { bucket: 'intake', key: 'k', versionId: 'v' }, sequencer: '0A', uploader: 'AWS:AIDA1' },
  ])
})

test('a key is what it says, and what it may encode only where there is no such object', async () => {
  const both = bucketWith(['a b', '1'], ['a%20b', '2'])
  const encoded = { key: 'a%20b', decodedKey: 'a b' }
  expect(await keysAndVersions(both, told({ ...encoded, versionId: '2' }))).toEqual([['a%20b', '2']])
  expect(await keysAndVersions(both, told({ ...encoded, versionId: '1' }))).toEqual([['a b', '1']])
  expect(await keysAndVersions(both, told(encoded))).toEqual([['a%20b', '2']])
  expect(await keysAndVersions(bucketWith(['a b', '1']), told(encoded))).toEqual([['a b', '1']])
})

test("without a version it is every version of that key and of no longer one, the newest with the event's sequencer", async () => {
  const bucket = bucketWith(['k', '1'], ['k', '2'], ['k2', '3'])
  const arrivals = await arrivalsOf(bucket, told({ key: 'k' }))
  expect(arrivals.map(({ ref, sequencer }) => [ref.versionId, sequencer])).toEqual([
    ['1', '0062E99A8800000000'],
    ['2', '0A'],
  ])
  expect(await arrivalsOf(bucket, told({ key: 'gone' }))).toEqual([])
})

test("sequencers made of times are in the order of the times, and have the width of S3's", () => {
  const times = [0, 1, 999, 1000, 1_659_476_616_123, 1_659_476_616_124, 4_294_967_295_999]
  const made = times.map(sequencerAt)
  expect([...made].sort()).toEqual(made)
  expect(new Set(made.map(({ length }) => length))).toEqual(new Set([18]))
})
