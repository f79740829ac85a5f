/** What operators invoke: rewrapping slice by slice, erasing for good. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eraseHandler } from '../../functions/erase/handler.ts'
import { BadOrder } from '../../functions/order.ts'
import { rewrapHandler } from '../../functions/rewrap/handler.ts'
import { seal } from '../../shared/flow/seal.ts'
import { streamOf } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const arrive = async (seed: number) => world.arrive(await smallPicture(seed))
const noTime = { getRemainingTimeInMillis: () => 0 }

test('rewrap comes to its end slice by slice, each object looked at once', async () => {
  for (const seed of [1, 2, 3]) await commit(world.ports, await arrive(seed))
  await seal(world.ports, await arrive(4))
  const rewrap = rewrapHandler(world.ports, () => {})
  let [current, slices] = [0, 0]
  for (let next: string | undefined; ; ) {
    const answer = await rewrap({ ...(next !== undefined && { next }) }, noTime)
    if (!('done' in answer)) throw new Error('a slice')
    current += answer.current
    slices++
    if (answer.done) break
    next = answer.next
  }
  // Three objects with two renditions each; what isn't committed is passed over.
  expect([current, slices]).toEqual([9, 4])
  expect(await rewrap({})).toMatchObject({ current: 9, done: true })
})

test('shards share the work out: whatever their width, each object is looked at by one of them, slice by slice', async () => {
  for (const seed of [1, 2, 3]) await commit(world.ports, await arrive(seed))
  const looked: string[] = []
  const catalogue = {
    ...world.ports.catalogue,
    every: () => world.ports.catalogue.every(),
    moveEnvelope: world.ports.catalogue.moveEnvelope.bind(world.ports.catalogue),
    object: async (id: string) => {
      looked.push(id)
      return world.ports.catalogue.object(id)
    },
  }
  const rewrap = rewrapHandler({ ...world.ports, catalogue }, () => {})
  const ids = (await world.keysOf('vault', 'o/')).map((key) => key.slice(2)).toSorted()

  async function share(prefix: string): Promise<number> {
    let current = 0
    for (let next: string | undefined; ; ) {
      const answer = await rewrap({ prefix, ...(next !== undefined && { next }) }, noTime)
      if (!('done' in answer)) throw new Error('a slice')
      current += answer.current
      if (answer.done) return current
      next = answer.next
    }
  }

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), async (width) => {
      looked.length = 0
      // Of all prefixes those that some object has, and one that none has.
      const prefixes = [...new Set(ids.map((id) => id.slice(0, width))), nobodys(ids, width)]
      const shares = await Promise.all(prefixes.map(share))
      expect(looked.toSorted()).toEqual(ids)
      expect(shares.reduce((sum, one) => sum + one, 0)).toBe(9)
      expect(shares.at(-1)).toBe(0)
    }),
    { numRuns: 4 },
  )
})

function nobodys(ids: readonly string[], width: number): string {
  const digits = [...'0123456789abcdef'].map((digit) => digit.repeat(width))
  const free = digits.find((prefix) => !ids.some((id) => id.startsWith(prefix)))
  if (free === undefined) throw new Error('every prefix is of some object')
  return free
}

const wrongShards = [{ prefix: '' }, { prefix: 'A' }, { prefix: '00000' }, { prefix: 'a', next: 'b'.repeat(32) }]
test.each([{ next: 'Zaphod' }, { after: 'x' }, 'Zaphod', 7, ...wrongShards])(
  'rewrap refuses the order %j',
  async (event) => {
    const refused = rewrapHandler(world.ports, () => {})(event)
    await expect(refused).rejects.toThrow(BadOrder)
    await expect(refused).rejects.not.toThrow(/Zaphod/)
  },
)

test('what needs a generation is counted slice by slice and share by share, and whole where no slice is asked for', async () => {
  for (const seed of [1, 2, 3]) await commit(world.ports, await arrive(seed))
  await seal(world.ports, await arrive(4))
  const { keyId } = await world.ports.kem.current(768)
  const rewrap = rewrapHandler(world.ports, () => {})
  const whole = { keyId, objects: 3, waiting: 1, unknown: 0 }
  expect(await rewrap({ need: { keyId, others: [] } }, noTime)).toEqual(whole)
  const sum = { objects: 0, waiting: 0, unknown: 0 }
  let slices = 0
  for (const prefix of '0123456789abcdef') {
    let next: object | undefined
    do {
      const answer = await rewrap({ need: { keyId, others: [], slice: { prefix, ...(next && { next }) } } }, noTime)
      if (!('waiting' in answer)) throw new Error('a count')
      sum.objects += answer.objects
      sum.waiting += answer.waiting
      next = answer.next
      slices++
    } while (next)
  }
  expect({ keyId, ...sum }).toEqual(whole)
  expect(slices).toBeGreaterThan(16)
})

test.each([
  { prefix: 'g' },
  { prefix: 'a', next: { counting: 'waiting', after: 'b'.repeat(32) } },
  { next: { counting: 'Zaphod' } },
])('a count refuses the slice %j', async (slice) => {
  const refused = rewrapHandler(world.ports, () => {})({ need: { keyId: 'k', others: [], slice } })
  await expect(refused).rejects.toThrow(BadOrder)
})

test('erase takes every version, the renditions and the links, and leaves what is not asked for', async () => {
  const id = await commit(world.ports, await arrive(1))
  await world.ports.objects.put('vault', `o/${id}`, streamOf(new Uint8Array(9)))
  const kept = await commit(world.ports, await arrive(2))
  const told: unknown[] = []
  const erase = eraseHandler(world.ports, (answer, reason) => void told.push([answer, reason]))
  expect(await erase({ id, reason: 'subject-request' })).toEqual({ id, outcome: 'erased' })
  expect(told).toEqual([[{ id, outcome: 'erased' }, 'subject-request']])
  expect((await world.keysOf('vault')).filter((key) => key.startsWith('o/'))).toEqual([`o/${kept}`])
  expect(await world.keysOf('vault', 'r/')).toHaveLength(2)
  expect(await erase({ id, reason: 'again' })).toEqual({ id, outcome: 'missing' })
})

test.each([
  {},
  { id: '0'.repeat(32) },
  { id: 'Zaphod', reason: 'x' },
  { id: '0'.repeat(32), reason: 'Zaphod Beeblebrox asked for it' },
])('erase refuses the order %j without repeating it', async (event) => {
  const error: unknown = await eraseHandler(world.ports, () => {})(event).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(BadOrder)
  expect(String(error)).not.toContain('Zaphod')
})
