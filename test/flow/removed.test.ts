/** What was removed stays removed: no attempt that comes late, and no crash before the upload was erased, brings it back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { remove } from '../../shared/flow/remove.ts'
import { seal } from '../../shared/flow/seal.ts'
import { verify } from '../../shared/flow/verify.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
let world: World

beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function nothingIsLeft(): Promise<void> {
  expect(await world.ports.catalogue.objects()).toEqual([])
  expect((await world.keysOf('vault')).filter((key) => !key.startsWith('t/'))).toEqual([])
  expect(await world.keysOf('intake')).toEqual([])
}

test('by a second attempt at the same upload that is verified late', async () => {
  const arrival = await world.arrive(await smallPicture(1))
  const late = await seal(world.ports, arrival)
  if (late.outcome !== 'sealed') throw new Error(late.outcome)
  const id = await commit(world.ports, arrival)
  await remove(world.ports, OWNER, id)
  expect(await verify(world.ports, late.stored.key)).toEqual({ outcome: 'deleted' })
  await nothingIsLeft()
})

test.each([
  ['whole', undefined],
  ['and cut off before its row goes', () => Promise.reject(new Error('killed'))],
] as const)('by a second attempt whose verification an erasure overtakes, %s', async (_, forget) => {
  const arrival = await world.arrive(await smallPicture(4))
  const late = await seal(world.ports, arrival)
  if (late.outcome !== 'sealed') throw new Error(late.outcome)
  const id = await commit(world.ports, arrival)
  const catalogue = { ...world.ports.catalogue, ...(forget && { forget }) }
  let isOvertaken = false
  const head: World['ports']['objects']['head'] = async (bucket, key, versionId) => {
    if (key === `o/${id}` && !isOvertaken) {
      isOvertaken = true
      await remove({ ...world.ports, catalogue }, OWNER, id).catch(() => {})
    }
    return world.ports.objects.head(bucket, key, versionId)
  }
  const objects = { ...world.ports.objects, head }
  expect(await verify({ ...world.ports, objects }, late.stored.key)).toEqual({ outcome: 'deleted' })
  expect(isOvertaken).toBe(true)
  if (forget) expect(await remove(world.ports, OWNER, id)).toBe(true)
  await nothingIsLeft()
})

test('by an upload that a crash left in intake after the commit', async () => {
  const arrival = await world.arrive(await smallPicture(2))
  const objects = { ...world.ports.objects, erase: () => Promise.reject(new Error('killed')) }
  const sealed = await seal(world.ports, arrival)
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  await expect(verify({ ...world.ports, objects }, sealed.stored.key)).rejects.toThrow('killed')
  await remove(world.ports, OWNER, sealed.objectId)
  const again = await seal(world.ports, arrival)
  if (again.outcome !== 'sealed') throw new Error(again.outcome)
  expect(await verify(world.ports, again.stored.key)).toEqual({ outcome: 'deleted' })
  await nothingIsLeft()
})

test('by a link that was being made', async () => {
  const objectId = await commit(world.ports, await world.arrive(await smallPicture(3)))
  const { catalogue } = world.ports
  const linkKey = async () => {
    await remove(world.ports, OWNER, objectId)
    return world.ports.secrets.linkKey()
  }
  const ports = { ...world.ports, secrets: { ...world.ports.secrets, linkKey } }
  expect(await makeLinkFor(ports, { ...OWNER, objectId, rendition: 'original' })).toEqual({ outcome: 'no-object' })
  expect(await catalogue.links()).toEqual([])
  await nothingIsLeft()
})
