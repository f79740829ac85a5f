/** A link's life as ten lines of plain code, and random histories in which a catalogue must agree with it. */
import fc from 'fast-check'
import { expect } from 'vitest'
import type { LinkRow, SpendResult } from '../../../shared/platform/ports.ts'
import type { CatalogueProvider } from './catalogue.ts'
import { accessEvent, idOf, linkRow, objectRow } from './catalogueRows.ts'

const link = fc.integer({ min: 1, max: 3 })
const object = fc.integer({ min: 1, max: 2 })
const time = fc.integer({ min: 0, max: 6 })

const Step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('add' as const), link, object, from: time, to: time, uses: fc.nat(3) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('spend' as const), link, now: time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), link }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), object }) },
)

function spendInModel(row: LinkRow | undefined, now: number): SpendResult['outcome'] {
  if (row === undefined) return 'missing'
  if (row.revoked) return 'revoked'
  if (now >= row.expires) return 'expired'
  if (now < row.notBefore) return 'early'
  return row.usesLeft > 0 ? 'spent' : 'used-up'
}

/** @param runs how many histories */
export async function checkLinkModel(makeProvider: () => Promise<CatalogueProvider>, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const provider = await makeProvider()
      const { catalogue } = provider
      const model = new Map<string, LinkRow>()
      const forgotten = new Set<number>()
      let events = 0
      try {
        await catalogue.commit(objectRow(1))
        await catalogue.commit(objectRow(2))
        for (const [n, step] of steps.entries()) {
          if (step.do === 'add') {
            const { from, to, uses } = step
            const changes = { objectId: idOf(step.object), notBefore: from, expires: to, uses, usesLeft: uses }
            const row = linkRow(step.link, changes)
            if (forgotten.has(step.object)) expect(await catalogue.addLink(row)).toBe(false)
            else if (model.has(row.linkId)) await expect(catalogue.addLink(row)).rejects.toThrow(RangeError)
            else {
              expect(await catalogue.addLink(row)).toBe(true)
              model.set(row.linkId, row)
            }
          } else if (step.do === 'spend') {
            const row = model.get(idOf(step.link))
            const outcome = spendInModel(row, step.now)
            const result = await catalogue.spend(idOf(step.link), step.now, accessEvent(n))
            expect(result.outcome).toBe(outcome)
            if (outcome !== 'spent' || row === undefined) continue
            events++
            model.set(row.linkId, { ...row, usesLeft: row.usesLeft - 1 })
          } else if (step.do === 'revoke') {
            const row = model.get(idOf(step.link))
            expect(await catalogue.revoke(idOf(step.link))).toBe(row !== undefined)
            if (row !== undefined) model.set(row.linkId, { ...row, revoked: true })
          } else {
            await catalogue.forget(idOf(step.object))
            forgotten.add(step.object)
            for (const row of model.values()) {
              if (row.objectId === idOf(step.object)) model.set(row.linkId, { ...row, revoked: true })
            }
          }
        }
        expect(new Map((await catalogue.links()).map((row) => [row.linkId, row]))).toEqual(model)
        expect(await catalogue.accesses({ limit: 1000 })).toHaveLength(events)
      } finally {
        await provider.close()
      }
    }),
    { numRuns: runs },
  )
}
