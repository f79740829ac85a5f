/**
 * Invariants 1 to 3 and 6 over AWS's own interfaces: a sample, the same at every run, of what `npm run prove -- aws-faults`
 * does in full. Functions reach an emulator through a proxy that fails where it is told to.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seeded } from '../fuzz/random.ts'
import { useEmulator } from '../platform/aws/keyStack.ts'
import type { Emulator } from './emulator.ts'
import { EVENTS, sameEvent } from './faults/events.ts'
import { FAULTS, fateOf, refusedBy } from './faults/faults.ts'
import { throughOutages } from './faults/outages.ts'
import { type FaultProxy, startFaultProxy } from './faults/proxy.ts'
import { readAtOnce, readWhile } from './faults/reads.ts'
import { fail, type Ground, killedAt } from './faults/scenario.ts'
import { startMiniStack } from './ministack.ts'

let emulator: Emulator
let proxy: FaultProxy
let ground: Ground
beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
  proxy = await startFaultProxy(emulator.endpoint)
  ground = { emulator, proxy }
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await emulator[Symbol.asyncDispose]()
})

const random = seeded(5)

function sample<T>(all: readonly T[], count: number): readonly T[] {
  const left = [...all]
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.below(left.length), 1)).flat()
}

test('a kill at any call that sealing and verifying make loses nothing, and leaves nothing behind', async () => {
  const { calls, committedMeanwhile, wrong } = await fail(ground, () => 'pass')
  expect([committedMeanwhile, wrong]).toEqual([true, []])
  expect(calls).toEqual(expect.arrayContaining([...new Set(FAULTS.map(({ call }) => call))]))
  const steps = calls.map((_, i) => i + 1)
  for (const [i, at] of sample(steps, 6).entries()) {
    const mending = i % 2 === 0 ? 'redelivered' : 'forgotten'
    const outcome = await fail(ground, killedAt(at), { receives: 1, attempts: 1, mending })
    expect(outcome.wrong, `before call ${at}, ${calls[at - 1]}, then ${mending}`).toEqual([])
  }
})

test.each(
  sample(
    FAULTS.filter(({ fate }) => fate !== 'silence'),
    8,
  ),
)('nothing is lost, nothing is twice, and no plaintext stays where $call $name', async (fault) => {
  const how = random.below(2) === 0 ? 'once' : 'always'
  const { wrong, calls } = await fail(ground, fateOf(fault, how), { refused: refusedBy(fault, how) })
  expect(calls).toContain(fault.call)
  expect(wrong, how).toEqual([])
})

test('nothing is erased while KMS gives wrong keys, at either end', async () => {
  for (const fault of FAULTS.filter(({ name }) => name === 'gives a wrong key')) {
    const outcome = await fail(ground, fateOf(fault, 'always'), { refused: refusedBy(fault, 'always') })
    expect([outcome.wrong, outcome.committedMeanwhile]).toEqual([[], false])
  }
})

test('a use is spent once and recorded with it, wherever a read is killed or its answer lost', async () => {
  const { calls, status, wrong } = await readWhile(ground, () => 'pass')
  expect([status, wrong]).toEqual([200, []])
  for (const at of sample(
    calls.map((_, i) => i + 1),
    3,
  )) {
    expect((await readWhile(ground, killedAt(at), 1)).wrong, `before call ${at}, ${calls[at - 1]}`).toEqual([])
  }
  const lost = FAULTS.find(({ call, fate }) => call === 'dynamodb.TransactWriteItems' && fate === 'after')
  expect(await readWhile(ground, lost ? fateOf(lost, 'once') : () => 'pass')).toMatchObject({ wrong: [], spent: 1 })
  expect(await readAtOnce(ground, 12)).toEqual([])
})

test('an upload that met outages is looked at when they are over, and given up only after ten', async () => {
  expect(await throughOutages(ground, 6)).toEqual({ wrong: [], givenUp: 0, attempts: 6 })
  expect(await throughOutages(ground, 12)).toEqual({ wrong: [], givenUp: 1, attempts: 10 })
})

test('the same event many times is one committed object', async () => {
  expect(await sameEvent(8, 4)(ground)).toEqual([])
})

test.each(Object.entries(EVENTS))('events %s: every version is sealed once, and none is lost', async (_, scenario) => {
  expect(await scenario(ground)).toEqual([])
})
