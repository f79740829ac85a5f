/** What costs no use of a link pushes no other read out of the access log: it is noted once a minute. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { type LinkReadRequest, readByLink } from '../../shared/flow/open.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }
let world: World
let path: string

beforeEach(async () => {
  world = await makeWorld()
  const objectId = await commit(world.ports, await world.arrive(await smallPicture(1)))
  const made = await makeLinkFor(world.ports, { ...OWNER, objectId, rendition: 'original' })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  path = new URL(made.url).pathname
})
afterEach(() => world[Symbol.asyncDispose]())

async function ask(more: Partial<LinkReadRequest>): Promise<number> {
  return (await readByLink(world.ports, { method: 'GET', path, ip: '127.0.0.1', ...more })).status
}

async function reads(): Promise<readonly number[]> {
  const accesses = await world.ports.catalogue.accesses({ limit: 100 })
  return accesses.flatMap(({ action, status }) => (action === 'read' ? [status] : [])).sort()
}

test('asking for the head of a live link, or for a range beyond it', async () => {
  for (let i = 0; i < 20; i++) {
    expect(await ask({ method: 'HEAD' })).toBe(200)
    expect(await ask({ range: 'bytes=999999-' })).toBe(416)
  }
  expect(await reads()).toEqual([200, 416])
  world.clock.time += 60_000
  await ask({ method: 'HEAD' })
  expect(await reads()).toEqual([200, 200, 416])
})

test('asking for more than one answer can carry', async () => {
  for (let i = 0; i < 20; i++) expect(await ask({ mostBytes: 1 })).toBe(413)
  expect(await reads()).toEqual([413])
})

test('asking for a dead one', async () => {
  await ask({})
  for (let i = 0; i < 20; i++) expect(await ask({})).toBe(410)
  expect(await reads()).toEqual([200, 410])
})
