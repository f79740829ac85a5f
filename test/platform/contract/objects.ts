/** What every provider of the Objects port must do; S3's rules, so that it can. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectInfo, Objects, ObjectVersion } from '../../../shared/platform/ports.ts'
import { barrier, chunksOf, collect, failing, gated, listed, pattern } from './bytes.ts'

export interface ObjectsProvider {
  /** Empty at first. */
  readonly objects: Objects
  close(): Promise<void>
}

/** What put, head and a listing agree on exactly. */
function refOf({ bucket, key, versionId, size }: ObjectVersion) {
  return { bucket, key, versionId, size }
}

export function describeObjects(name: string, makeProvider: () => Promise<ObjectsProvider>): void {
  describe(`${name}: Objects`, () => {
    let provider: ObjectsProvider
    let objects: Objects
    beforeEach(async () => {
      provider = await makeProvider()
      objects = provider.objects
    })
    afterEach(() => provider.close())

    async function newest(key: string) {
      const found = await objects.head('vault', key)
      return found && refOf(found)
    }

    async function put(key: string, bytes: Uint8Array): Promise<ObjectInfo> {
      const info = await objects.put('vault', key, chunksOf(bytes))
      if (info === undefined) throw new Error('a put without ifAbsent always stores')
      return info
    }

    it.each([0, 1, 16_400, 262_143, 262_144, 262_145, 1_500_000])('gives back exactly %i bytes', async (length) => {
      const bytes = pattern(length)
      const info = await put('object', bytes)
      expect(info).toMatchObject({ bucket: 'vault', key: 'object', size: length })
      expect(await collect(await objects.get(info))).toEqual(bytes)
      for (const found of [
        await objects.head('vault', 'object'),
        await objects.head('vault', 'object', info.versionId),
        ...(await listed(objects.versions('vault'))),
      ]) {
        expect(found && refOf(found)).toEqual(refOf(info))
        expect(Math.abs((found?.modified ?? 0) - info.modified)).toBeLessThan(60_000)
      }
    })

    it('stores a body of the size that was announced, and nothing of any other', async () => {
      for (const length of [0, 1, 400_000]) {
        const info = await objects.put('vault', `of-${length}`, chunksOf(pattern(length)), {
          size: length,
        })
        expect(info?.size).toBe(length)
      }
      for (const size of [0, 399_999, 400_001, 90_000_000]) {
        await expect(objects.put('vault', 'wrong', chunksOf(pattern(400_000)), { size })).rejects.toThrow(RangeError)
      }
      expect(await objects.head('vault', 'wrong')).toBeUndefined()
    })

    it('takes bodies in chunks of any size, empty ones too, and does not keep their buffers', async () => {
      const bytes = pattern(700_000)
      const reused = new Uint8Array(300_000)
      async function* body() {
        for (const [from, to] of [
          [0, 1],
          [1, 1],
          [1, 300_001],
          [300_001, 300_003],
          [300_003, 600_003],
          [600_003, 700_000],
        ]) {
          const part = bytes.subarray(from, to)
          reused.set(part)
          yield reused.subarray(0, part.length)
          reused.fill(0)
        }
      }
      const info = await objects.put('vault', 'object', body())
      expect(info && (await collect(await objects.get(info)))).toEqual(bytes)
    })

    it.each([
      [0, 0],
      [1, 262_144],
      [262_143, 262_144],
      [600_000, 999_999],
      [999_999, 999_999],
    ])('streams exactly the range %i-%i', async (first, last) => {
      const bytes = pattern(1_000_000)
      const info = await put('object', bytes)
      expect(await collect(await objects.get(info, { first, last }))).toEqual(bytes.subarray(first, last + 1))
    })

    it('ends a range that reaches past the object at its end, and refuses one that starts there', async () => {
      const bytes = pattern(1000)
      const info = await put('object', bytes)
      expect(await collect(await objects.get(info, { first: 990, last: 5000 }))).toEqual(bytes.subarray(990))
      await expect(objects.get(info, { first: 1000, last: 1000 })).rejects.toThrow(RangeError)
      await expect(objects.get(info, { first: 5, last: 4 })).rejects.toThrow(RangeError)
    })

    it('streams a large object in pieces of at most 1 MiB and may be left early', async () => {
      const info = await put('object', pattern(3_000_000))
      const chunks = await objects.get(info)
      let pieces = 0
      for await (const piece of chunks ?? []) {
        expect(piece.length).toBeLessThanOrEqual(1 << 20)
        pieces++
        break
      }
      expect(pieces).toBe(1)
      expect((await collect(await objects.get(info)))?.length).toBe(3_000_000)
    })

    it('says undefined for what is not there', async () => {
      const info = await put('object', pattern(10))
      expect(await objects.head('vault', 'other')).toBeUndefined()
      expect(await objects.head('intake', 'object')).toBeUndefined()
      expect(await objects.head('vault', 'object', 'no-such-version')).toBeUndefined()
      expect(await objects.get({ ...info, key: 'other' })).toBeUndefined()
      expect(await objects.get({ ...info, bucket: 'intake' })).toBeUndefined()
      expect(await objects.get({ ...info, versionId: 'no-such-version' })).toBeUndefined()
    })

    it('keeps metadata, in any script, with each version', async () => {
      const metadata = { 'file-name': 'Überblick – 写真 "1".jpg', 'content-type': 'image/jpeg' }
      const info = await objects.put('intake', 'upload', chunksOf(pattern(5)), { metadata })
      expect(info?.metadata).toEqual(metadata)
      expect((await objects.head('intake', 'upload'))?.metadata).toEqual(metadata)
    })

    it('keeps a file name of 1,024 bytes and an uploader', async () => {
      const metadata = { 'file-name': 'é'.repeat(512), uploader: 'somebody@example.org' }
      await objects.put('intake', 'upload', chunksOf(pattern(5)), { metadata })
      expect((await objects.head('intake', 'upload'))?.metadata).toEqual(metadata)
    })

    it('refuses metadata that some provider could not carry', async () => {
      const put = (metadata: Record<string, string>) =>
        objects.put('intake', 'upload', chunksOf(pattern(5)), { metadata })
      await expect(put({ fileName: 'a' })).rejects.toThrow(RangeError)
      await expect(put({ name: 'x'.repeat(1400) })).rejects.toThrow(RangeError)
      expect(await objects.head('intake', 'upload')).toBeUndefined()
    })

    it('keeps every version, and the latest is what a head without version finds', async () => {
      const first = await put('object', pattern(10, 1))
      const second = await put('object', pattern(20, 2))
      const third = await put('object', pattern(30, 3))
      expect(new Set([first, second, third].map((v) => v.versionId)).size).toBe(3)
      expect(await newest('object')).toEqual(refOf(third))
      expect(await collect(await objects.get(first))).toEqual(pattern(10, 1))
      expect((await listed(objects.versions('vault'))).map(refOf)).toEqual([third, second, first].map(refOf))
    })

    it('lists keys in byte order, by prefix, after a key', async () => {
      const keys = ['a', 'A', 'a/b', 'a-b', 'a.b', 'ab', 'abc', 'b', '_', '0', 'ab/c/d', 'A/b']
      for (const key of keys) await put(key, pattern(3))
      const keysOf = async (options?: Parameters<Objects['versions']>[1]) =>
        (await listed(objects.versions('vault', options))).map((info) => info.key)
      const sorted = keys.sort()
      expect(await keysOf()).toEqual(sorted)
      for (const prefix of ['', 'a', 'ab', 'a/', 'ab/c', 'A', 'zz', 'abcd']) {
        expect(await keysOf({ prefix })).toEqual(sorted.filter((key) => key.startsWith(prefix)))
        for (const afterKey of ['0', 'a', 'ab', 'abc', 'zz']) {
          expect(await keysOf({ prefix, afterKey })).toEqual(
            sorted.filter((key) => key.startsWith(prefix) && key > afterKey),
          )
        }
      }
    })

    it('goes on listing within a key, behind a version of it, and then with the keys behind', async () => {
      await put('a', pattern(1))
      const versions = [await put('k', pattern(1)), await put('k', pattern(2)), await put('k', pattern(3))]
      await put('z', pattern(1))
      const [oldest, middle, newestOne] = versions.map(({ versionId }) => versionId)
      const behind = async (afterVersion: string | undefined, prefix = '') => {
        const options = { prefix, afterKey: 'k', ...(afterVersion !== undefined && { afterVersion }) }
        return (await listed(objects.versions('vault', options))).map(({ key, versionId }) => [key, versionId])
      }
      const z = ['z', expect.any(String)]
      expect(await behind(newestOne)).toEqual([['k', middle], ['k', oldest], z]) // biome-ignore format: three
      expect(await behind(middle)).toEqual([['k', oldest], z])
      expect(await behind(oldest)).toEqual([z])
      expect(await behind(undefined)).toEqual([z])
      expect(await behind(newestOne, 'k')).toEqual([['k', middle], ['k', oldest]]) // biome-ignore format: two
      expect(await behind(newestOne, 'z')).toEqual([z])
    })

    it('erases one version for good, and what is gone again', async () => {
      const first = await put('object', pattern(10, 1))
      const second = await put('object', pattern(20, 2))
      await objects.erase(second)
      await objects.erase(second)
      expect(await objects.get(second)).toBeUndefined()
      expect(await newest('object')).toEqual(refOf(first))
      await objects.erase(first)
      await objects.erase({ ...first, versionId: 'no-such-version' })
      await objects.erase({ ...first, key: 'other' })
      expect(await listed(objects.versions('vault'))).toEqual([])
      expect(await put('object', pattern(1))).toMatchObject({ size: 1 })
    })

    it('leaves nothing of a body that throws, and passes its error on', async () => {
      const error = new Error('the camera fell into the sea')
      await expect(objects.put('vault', 'object', failing(error))).rejects.toBe(error)
      await expect(objects.put('vault', 'object', failing(error), { ifAbsent: true })).rejects.toBe(error)
      expect(await objects.head('vault', 'object')).toBeUndefined()
      expect(await listed(objects.versions('vault'))).toEqual([])
    })

    it('shows nothing of a put before its end', async () => {
      const gate = barrier(2)
      async function* body() {
        yield pattern(600_000)
        await gate()
        yield pattern(600_000)
      }
      const putting = objects.put('vault', 'object', body())
      expect(await objects.head('vault', 'object')).toBeUndefined()
      expect(await listed(objects.versions('vault'))).toEqual([])
      await gate()
      expect((await putting)?.size).toBe(1_200_000)
      expect(await listed(objects.versions('vault'))).toHaveLength(1)
    })

    it('stores with ifAbsent only where no version is', async () => {
      const once = { ifAbsent: true }
      const first = await objects.put('vault', 'object', chunksOf(pattern(10)), once)
      expect(first).toMatchObject({ size: 10 })
      expect(await objects.put('vault', 'object', chunksOf(pattern(20)), once)).toBeUndefined()
      expect((await listed(objects.versions('vault'))).map(refOf)).toEqual(first && [refOf(first)])
      if (first !== undefined) await objects.erase(first)
      expect(await objects.put('vault', 'object', chunksOf(pattern(30)), once)).toMatchObject({ size: 30 })
    })

    it('lets exactly one of several racing ifAbsent puts win', async () => {
      for (let round = 0; round < 5; round++) {
        const key = `race/${round}`
        const gate = barrier(6)
        const results = await Promise.all(
          [1, 2, 3, 4, 5, 6].map((seed) =>
            objects.put('vault', key, gated(gate, pattern(1000, seed)), { ifAbsent: true }),
          ),
        )
        const winners = results.filter((info) => info !== undefined)
        expect(winners).toHaveLength(1)
        expect((await listed(objects.versions('vault', { prefix: key }))).map(refOf)).toEqual(winners.map(refOf))
        const winner = results.findIndex((info) => info !== undefined) + 1
        expect(winners[0] && (await collect(await objects.get(winners[0])))).toEqual(pattern(1000, winner))
      }
    })

    it('keeps all of several racing puts without ifAbsent, also while versions are erased', async () => {
      const gate = barrier(8)
      const infos = await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map(async (seed) => {
          const info = await objects.put('intake', 'name', gated(gate, pattern(100, seed)))
          if (info !== undefined && seed % 2 === 0) await objects.erase(info)
          return info
        }),
      )
      const kept = infos.filter((_, i) => i % 2 === 0).map((info) => info?.versionId)
      expect((await listed(objects.versions('intake'))).map((info) => info.versionId).sort()).toEqual(kept.sort())
    })

    it('loses no put to the erasing of other versions', async () => {
      const rounds = Array.from({ length: 25 }, (_, i) => i)
      const worker = async (seed: number) => {
        for (const round of rounds) {
          const info = await objects.put('intake', 'name', chunksOf(pattern(50, seed + round)))
          expect(info && (await collect(await objects.get(info)))).toEqual(pattern(50, seed + round))
          if (info !== undefined) await objects.erase(info)
        }
      }
      await Promise.all([100, 200, 300, 400].map(worker))
      expect(await listed(objects.versions('intake'))).toEqual([])
    })

    it('keeps keys of every allowed shape apart', async () => {
      const keys = [
        'x'.repeat(512),
        'X'.repeat(512),
        'x'.repeat(511),
        '/'.repeat(9),
        '.',
        '-',
        'a/./b',
        '...',
        'a+b'.replace('+', '_2b'),
      ]
      for (const key of keys) await put(key, pattern(key.length))
      expect((await listed(objects.versions('vault'))).map((info) => info.key)).toEqual(keys.sort())
      for (const key of keys) expect((await objects.head('vault', key))?.size).toBe(key.length)
    })

    it.each(['', 'x'.repeat(513), '..', 'a/../b', '../a', 'a/..', 'a b', 'ä', 'a\0', 'a\n', 'a\\b', 'a%2f'])(
      'refuses the key %j without repeating it',
      async (key) => {
        await expect(put(key, pattern(1))).rejects.toThrow(RangeError)
        await expect(objects.head('vault', key)).rejects.toThrow(RangeError)
        await expect(put(key, pattern(1))).rejects.toThrow(/^an object key is/)
      },
    )
  })
}
