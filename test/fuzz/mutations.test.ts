/** Samples of the fuzz targets and of `npm run prove -- mutations`, and the seeded mutations that both are made of. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attack } from './attack.ts'
import { sealedVectors } from './corpus.ts'
import { fuzzHeader } from './header.ts'
import { KINDS, mutate } from './mutate.ts'
import { seeded } from './random.ts'
import { objectRegions } from './regions.ts'
import { fuzzToken } from './token.ts'

test('no mutation of a sealed object, a newer envelope or a link token is accepted, or meets another error', async () => {
  const seen = new Map<string, number>()
  for (let run = 0; run < 2000; run++) {
    const { target, kind, outcome, detail } = await attack(1, run)
    expect(['refused', 'identical'], `run ${run}: ${target}, ${kind}: ${detail}`).toContain(outcome)
    for (const what of [`${target} ${outcome}`, kind]) seen.set(what, (seen.get(what) ?? 0) + 1)
  }
  for (const target of ['object', 'envelope', 'token'])
    expect(seen.get(`${target} refused`), target).toBeGreaterThan(100)
  for (const kind of [...KINDS, 'several']) expect(seen.get(kind), kind).toBeGreaterThan(50)
})

test('whatever parses as facts, metadata, envelope or head is the one encoding of it', () => {
  const { accepted, refused } = fuzzHeader(10_000, 1)
  expect(Math.min(accepted, refused)).toBeGreaterThan(500)
})

test('whatever is read as a link token is the one spelling of it', async () => {
  const { accepted, refused } = await fuzzToken(10_000, 1)
  expect(Math.min(accepted, refused)).toBeGreaterThan(500)
})

test('a seed and a number give the same mutant again', () => {
  const objects = sealedVectors(8_192).map(({ object }) => object)
  const [original = new Uint8Array(0)] = objects
  const stock = { original, donors: objects, regions: objectRegions(original) }
  const again = (run: number) => Buffer.from(mutate(seeded(3, run), stock).bytes).toString('base64')
  const mutants = Array.from({ length: 200 }, (_, run) => again(run))
  expect(mutants).toEqual(Array.from({ length: 200 }, (_, run) => again(run)))
  expect(new Set(mutants).size).toBeGreaterThan(190)
})

test('the regions of an object are all of it, in order, and mutations leave it as it was', () => {
  for (const { object } of sealedVectors(70_000)) {
    const regions = objectRegions(object)
    expect(regions.map(({ start }) => start)).toEqual([0, ...regions.slice(0, -1).map(({ end }) => end)])
    expect(regions.at(-1)?.end).toBe(object.length)
  }
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(),
      (original, donor, seed) => {
        const before = Buffer.from(original).toString('hex')
        mutate(seeded(seed), { original, donors: [donor], regions: [], words: [donor] })
        expect(Buffer.from(original).toString('hex')).toBe(before)
      },
    ),
  )
})

test.each(['header', 'token'])('the %s target runs by itself and tells its counts', (name) => {
  const target = join(import.meta.dirname, `${name}.ts`)
  const run = (...args: string[]) => spawnSync(process.execPath, [target, ...args], { encoding: 'utf8' })
  const { status, stdout } = run('--runs', '200', '--seed', '5')
  expect({ status, ...JSON.parse(stdout) }).toMatchObject({ status: 0, runs: 200, seed: 5 })
  expect(run('--runs', 'many').status).toBe(2)
})
