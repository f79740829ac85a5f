/** SWEEP in slices: stopped anywhere it goes on there, and what waits is sent on often enough and not too often. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isDue } from '../../shared/flow/due.ts'
import { seal } from '../../shared/flow/seal.ts'
import { ORPHAN_GRACE_MS, sweepIntake } from '../../shared/flow/sweep.ts'
import { sweepVault, type VaultCursor } from '../../shared/flow/sweepVault.ts'
import type { Place } from '../../shared/flow/walk.ts'
import type { ObjectVersion } from '../../shared/platform/ports.ts'
import { streamOf } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const arrive = async (seed: number) => world.arrive(await smallPicture(seed))

function ports() {
  const requeued: string[] = []
  const requeue = (stage: string, { key }: ObjectVersion) => void requeued.push(`${stage} ${key}`)
  return { requeued, ports: { ...world.ports, requeue } }
}

test('of intake, one version at a time, sends on each version once', async () => {
  const { ref: first } = await arrive(1)
  for (const seed of [2, 3]) await arrive(seed)
  await world.ports.objects.put('intake', first.key, streamOf(await smallPicture(9)))
  const { ports: with_, requeued } = ports()
  let slices = 0
  for (let after: Place | undefined; ; slices++) {
    const { next } = await sweepIntake(with_, { after, isOver: () => true })
    after = next
    if (next === undefined) break
  }
  expect(slices).toBe(3)
  expect(requeued.sort()).toEqual(['upload-1', 'upload-1', 'upload-2', 'upload-3'].map((key) => `seal ${key}`))
})

test('of the vault, one key at a time, does what one sweep does, and its cursor survives being text', async () => {
  await commit(world.ports, await arrive(1))
  const waiting = await seal(world.ports, await arrive(2))
  const lost = await seal(world.ports, await arrive(3))
  if (lost.outcome !== 'sealed' || waiting.outcome !== 'sealed') throw new Error('sealed')
  await world.ports.objects.erase(lost.stored)
  world.clock.time += ORPHAN_GRACE_MS + 60_000
  const { ports: with_, requeued } = ports()
  let orphans = 0
  for (let from: VaultCursor | undefined; ; ) {
    const slice = await sweepVault(with_, { graceMs: ORPHAN_GRACE_MS, from, isOver: () => true })
    orphans += slice.orphans
    if (!slice.next) break
    from = JSON.parse(JSON.stringify(slice.next))
  }
  expect([requeued, orphans]).toEqual([[`verify ${waiting.stored.key}`], 2])
  expect(await world.keysOf('vault', 'r/')).toHaveLength(4)
})

test('leaves alone what lies among the renditions and is none', async () => {
  await world.ports.objects.put('vault', `r/${'0'.repeat(32)}`, streamOf(new Uint8Array(9000)))
  world.clock.time += 2 * ORPHAN_GRACE_MS
  expect(await sweepVault(ports().ports, { graceMs: ORPHAN_GRACE_MS })).toEqual({
    reverified: 0,
    held: 0,
    orphans: 0,
    locked: 0,
  })
})

test('sends on nothing that is younger than the quiet time, but says how old it is', async () => {
  const { ref } = await arrive(1)
  world.clock.time += 59_000
  const { ports: with_, requeued } = ports()
  const young = await sweepIntake(with_, { quietMs: 60_000 })
  expect([requeued, world.clock.time - (young.oldest ?? 0) >= 58_000]).toEqual([[], true])
  world.clock.time += 2_000
  await sweepIntake(with_, { quietMs: 60_000, sinceMs: { seal: 5_000 } })
  expect(requeued).toEqual([`seal ${ref.key}`])
})

test('with a clock that was set back sends on what seems to be from the future', async () => {
  await arrive(1)
  world.clock.time -= 3_600_000
  const { ports: with_, requeued } = ports()
  await sweepIntake(with_)
  expect(requeued).toHaveLength(1)
})

test('what waits is due after the quiet time, then ever more rarely, yet once a day, however often one looks', () => {
  const hour = 3_600_000
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (minutes) => {
      const every = minutes * 60_000
      const due: number[] = []
      for (let age = every / 2; age < 10 * 24 * hour; age += every) if (isDue(age, hour / 4, every)) due.push(age)
      expect(due[0]).toBeGreaterThanOrEqual(hour / 4)
      expect(due[0]).toBeLessThan(hour / 4 + every)
      expect(due.length).toBeLessThan(20)
      for (const [i, age] of due.entries()) expect(age - (due[i - 1] ?? age)).toBeLessThanOrEqual(24 * hour + every)
      expect(due.at(-1)).toBeGreaterThan(9 * 24 * hour - every)
    }),
  )
})
