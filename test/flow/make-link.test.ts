/** LINK: which links are made, of what, and that their row is there before anybody has the token. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LinkOrder, makeLinkFor } from '../../shared/flow/link.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import type { ThreatLevel } from '../../shared/policy/types.ts'
import { pattern } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'
import { faultAt } from './faults.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
const HOUR = 3_600_000
let world: World
let id = ''
let large = ''

beforeAll(async () => {
  world = await makeWorld()
  id = await commit(world.ports, await world.arrive(await smallPicture(), { fileName: 'holiday.png' }))
  large = await commit(world.ports, await world.arrive(pattern(40_000)))
})
afterAll(() => world[Symbol.asyncDispose]())

describe('making links', () => {
  const make = (order: Partial<LinkOrder>, threat: ThreatLevel = 'normal') =>
    makeLinkFor({ ...world.ports, threat: () => threat }, { ...OWNER, objectId: id, rendition: 'original', ...order })

  test('obeys the limits of the tier, and says which was met', async () => {
    expect(await make({ ttlMs: HOUR, uses: 10 })).toMatchObject({ outcome: 'made', uses: 10 })
    expect(await make({ ttlMs: HOUR + 1 })).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('1h') })
    expect(await make({ uses: 11 })).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('10 uses') })
    for (const order of [{ uses: 0 }, { uses: -1 }, { uses: 1.5 }, { ttlMs: 0 }, { ttlMs: Number.NaN }]) {
      expect((await make(order)).outcome).toBe('refused')
    }
  })

  test('is tighter when the threat level is', async () => {
    expect((await make({ ttlMs: HOUR }, 'severe')).outcome).toBe('refused')
    expect(await make({ ttlMs: 900_000, uses: 1 }, 'severe')).toMatchObject({
      reason: expect.stringContaining('more person'),
    })
  })

  test('is refused for what is not there, and writes no row for it', async () => {
    const before = (await world.ports.catalogue.links()).length
    expect(await make({ objectId: '0'.repeat(32) })).toEqual({ outcome: 'no-object' })
    expect(await make({ objectId: large, rendition: 'preview' })).toEqual({ outcome: 'no-rendition' })
    expect((await make({ uses: 99 })).outcome).toBe('refused')
    expect((await world.ports.catalogue.links()).length).toBe(before)
  })

  test('writes the row before anybody has the token', async () => {
    const { ports, calls } = faultAt(world.ports, 0)
    await makeLinkFor(ports, { ...OWNER, objectId: id, rendition: 'original' })
    expect(calls).toContain('catalogue.addLink')
    const addLink = async () => {
      throw new Unavailable('disk full')
    }
    const failing = { ...world.ports, catalogue: { ...world.ports.catalogue, addLink } }
    await expect(makeLinkFor(failing, { ...OWNER, objectId: id, rendition: 'original' })).rejects.toThrow(Unavailable)
  })
})
