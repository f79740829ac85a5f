/**
 * A region that is lost, rehearsed on MiniStack's two regions: keys, seeds and secrets replicated by KMS and Secrets Manager, the
 * vault by S3; the functions that stand by adopt the keys, make the catalogue again from the vault, and open every byte.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eraseHandler } from '../../functions/erase/handler.ts'
import { adoptKeys } from '../../shared/platform/aws/keyAdopting.ts'
import { initKeys, rotateKeys } from '../../shared/platform/aws/keyMaking.ts'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { useEmulator } from '../platform/aws/keyStack.ts'
import { smallPicture } from '../support/world.ts'
import type { Emulator } from './emulator.ts'
import { arrived, deliver, type Upload, upload, vaultEvents } from './faults/delivery.ts'
import { type Functions, functionsOf } from './faults/functions.ts'
import { truthOf } from './faults/invariants.ts'
import { quick } from './faults/stack.ts'
import { startMiniStack } from './ministack.ts'
import { HOME, makeTwoRegions, type Region, THERE, type TwoRegions } from './twoRegions.ts'

let emulator: Emulator
let stacks: TwoRegions
const files: Upload[] = []
/** The picture that is erased before the region is lost. */
const ERASED = 2

beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
  stacks = await makeTwoRegions(emulator)
})
afterAll(() => emulator[Symbol.asyncDispose]())

const stackIn = (region: Region) => (region === HOME ? stacks.home : stacks.there)
const settingsIn = (region: Region) => quick(emulator.endpoint, { region, requestTimeoutMs: 30_000 })
/** Each time anew: what a function knows of the register is seconds old. */
const functionsIn = (region: Region) => functionsOf(stackIn(region), settingsIn(region))
const truthIn = (region: Region) => truthOf(stackIn(region), emulator.endpoint, region)
const portsIn = (region: Region) => ({ primitives, settings: settingsIn(region) })
const adopt = () => adoptKeys(stacks.there.place, stacks.there.origin.seedPrefix, portsIn(THERE))

async function sealOne(region: Region, seed: number): Promise<Upload> {
  const stack = stackIn(region)
  const file = await upload(stack, await smallPicture(seed))
  const { seal, verify, told } = functionsIn(region)
  const tell = vaultEvents(stack, emulator.endpoint, region)
  await tell()
  await deliver(seal, [arrived(stack, file)])
  await deliver(verify, await tell())
  expect(told.errors).toEqual([])
  return file
}

async function opensIn(region: Region, file: Upload): Promise<boolean> {
  const { committedAs, contents } = truthIn(region)
  const id = await committedAs(file)
  return id !== undefined && (await contents(id)).equals(file.bytes)
}

/** What `safelight catalogue rebuild --stack` asks for, and the work that it makes. */
async function rebuildIn(region: Region): Promise<void> {
  const functions = functionsIn(region)
  for (let next: string | undefined; ; ) {
    const answer = await functions.lost({ lost: next === undefined ? {} : { next } })
    if (answer.done) break
    next = answer.next
  }
  await workOffIn(region, functions)
}

async function workOffIn(region: Region, functions: Functions): Promise<void> {
  const queue = openSqsQueue(stackIn(region).env.VERIFY_QUEUE_URL, settingsIn(region))
  for (let messages = await queue.receive(); messages.length > 0; messages = await queue.receive()) {
    const left = await deliver(
      functions.verify,
      messages.map(({ body }) => body),
    )
    expect([left, functions.told.errors]).toEqual([[], []])
    for (const message of messages) await queue.remove(message)
  }
}

test('before: sealed under two generations, rewrapped, one erased, where people work', async () => {
  const { place, origin } = stacks.home
  await initKeys(place, origin, portsIn(HOME))
  expect(await adopt()).toMatchObject({ generation: 1, made: true })
  files.push(await sealOne(HOME, 0), await sealOne(HOME, 1))
  await rotateKeys(place, origin, portsIn(HOME))
  files.push(await sealOne(HOME, 2), await sealOne(HOME, 3))
  expect(await functionsIn(HOME).rewrap({})).toMatchObject({ done: true, failed: 0, rewrapped: 6 })
  const { ports, committedAs } = truthIn(HOME)
  const erased = files[ERASED]
  const id = erased && (await committedAs(erased))
  await eraseHandler(ports, () => {})({ id, reason: 'subject-request' })
})

test('after: keys and catalogue come back from what was replicated, and every picture opens byte for byte', async () => {
  expect(await adopt()).toMatchObject({ generation: 2, made: true })
  await rebuildIn(THERE)
  for (const [n, file] of files.entries()) if (n !== ERASED) expect(await opensIn(THERE, file)).toBe(true)
  const erased = files[ERASED]
  expect(erased && (await truthIn(THERE).committedAs(erased))).toBeUndefined()
  expect((await truthIn(THERE).keysOf('vault')).filter((key) => key.startsWith('o/'))).toHaveLength(3)
  const envelopes = (await Array.fromAsync(truthIn(THERE).ports.catalogue.every())).map((row) => row.envelopeGeneration)
  expect(envelopes.filter((generation) => generation === 1).length).toBeGreaterThanOrEqual(2)
})

test('what is erased while both regions stand is erased in the other by its sweep', async () => {
  const file = await sealOne(HOME, 9)
  await rebuildIn(THERE)
  expect(await opensIn(THERE, file)).toBe(true)
  const { ports, committedAs } = truthIn(HOME)
  await eraseHandler(ports, () => {})({ id: await committedAs(file), reason: 'subject-request' })
  stacks.there.clock.aheadMs += 16 * 60_000
  const functions = functionsIn(THERE)
  expect(await functions.sweep({})).toMatchObject({ reverified: 2, done: true })
  await workOffIn(THERE, functions)
  expect(await truthIn(THERE).committedAs(file)).toBeUndefined()
  expect((await truthIn(THERE).keysOf('vault')).filter((key) => key.startsWith('o/'))).toHaveLength(3)
})

test('links are made, rewrapping and sealing go on there', async () => {
  const file = files[0]
  const objectId = file && (await truthIn(THERE).committedAs(file))
  const { link, rewrap } = functionsIn(THERE)
  expect(await link({ objectId }, { principal: 'owner', ip: '192.0.2.1' })).toMatchObject({ status: 201 })
  expect(await rewrap({})).toMatchObject({ done: true, failed: 0 })
  expect(await opensIn(THERE, await sealOne(THERE, 4))).toBe(true)
})

test('what was sealed there opens in the first region when it comes back', async () => {
  const file = await sealOne(THERE, 5)
  const id = (await truthIn(THERE).committedAs(file)) ?? ''
  const { ports } = truthIn(HOME)
  for await (const info of truthIn(THERE).ports.objects.versions('vault')) {
    const stream = await truthIn(THERE).ports.objects.get(info)
    if (stream && /^[or]\//.test(info.key)) await ports.objects.put('vault', info.key, stream, { ifAbsent: true })
  }
  await rebuildIn(HOME)
  expect((await truthIn(HOME).contents(id)).equals(file.bytes)).toBe(true)
})
