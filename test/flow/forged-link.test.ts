/** OPEN and what no link of ours is: not found, for nothing, and nothing is learnt from the answer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../../shared/flow/answer.ts'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { readByLink } from '../../shared/flow/open.ts'
import { openSecrets } from '../../shared/platform/local/keys.ts'
import { diskCalls } from '../support/disk.ts'
import { collect } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'
import { faultAt } from './faults.ts'

const READER = { ip: '192.0.2.7', userAgent: 'a browser' }
let world: World
let objectId = ''

beforeAll(async () => {
  world = await makeWorld()
  objectId = await commit(world.ports, await world.arrive(await smallPicture()))
})
afterAll(() => world[Symbol.asyncDispose]())

async function linkPath(): Promise<string> {
  const order = { principal: 'owner', ip: '127.0.0.1', objectId, rendition: 'original' } as const
  const made = await makeLinkFor(world.ports, order)
  if (made.outcome !== 'made') throw new Error(made.outcome)
  world.events.length = 0
  return new URL(made.url).pathname
}

const read = (path: string) => readByLink(world.ports, { method: 'GET', path, ...READER })

async function bodyOf({ body }: Answer): Promise<Buffer> {
  return body ? collect(body) : Buffer.alloc(0)
}

/** The port calls that answering this request made. */
async function callsFor(path: string): Promise<readonly string[]> {
  const { ports, calls } = faultAt(world.ports, 0)
  await bodyOf(await readByLink(ports, { method: 'GET', path, ...READER }))
  return calls
}

describe('a forged link', () => {
  test('is not found, and calls no catalogue, no object store and no key service', async () => {
    const path = await linkPath()
    const flip = (at: number) => path.slice(0, at) + (path[at] === 'A' ? 'B' : 'A') + path.slice(at + 1)
    for (const forged of [
      ...Array.from({ length: 116 }, (_, i) => flip(3 + i)),
      `${path}A`,
      path.slice(0, -1),
      '/l/',
      '/',
      '',
    ]) {
      expect((await read(forged)).status, forged).toBe(404)
      const calls = await callsFor(forged)
      expect(calls.filter((call) => call !== 'secrets.linkKey')).toEqual([])
    }
    expect(world.events).toEqual([])
    expect((await read(path)).status).toBe(200)
  })

  test('of any kid asks nothing of the disk, but once in 2 seconds which link keys there are', async () => {
    const secrets = openSecrets(world.home, world.clock)
    const ports = { ...world.ports, secrets }
    const path = await linkPath()
    const genuine = Buffer.from(path.slice('/l/'.length), 'base64url')
    const forged = Array.from({ length: 256 }, (_, kid) => {
      const bytes = Buffer.from(genuine)
      bytes[1] = kid
      bytes[86] = (genuine[86] ?? 0) ^ 1
      return `/l/${bytes.toString('base64url')}`
    })
    const tryAll = async () => {
      const answers = await Promise.all(
        forged.map((each) => readByLink(ports, { method: 'GET', path: each, ...READER })),
      )
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]))
    }
    expect(await diskCalls(tryAll)).toEqual(['readdir keys', 'readFileSync link-000.key'])
    expect(await diskCalls(tryAll)).toEqual([])
    world.clock.time += 2_000
    expect(await diskCalls(tryAll)).toEqual(['readdir keys'])
    world.clock.time -= 2_000
  })

  test('is answered like one that never was, to the byte', async () => {
    const path = await linkPath()
    const forged = await read(`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`)
    const malformed = await read('/l/x')
    expect([forged.status, forged.headers, (await bodyOf(forged)).toString()]).toEqual([
      malformed.status,
      malformed.headers,
      (await bodyOf(malformed)).toString(),
    ])
  })
})
