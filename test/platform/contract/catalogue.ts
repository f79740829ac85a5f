/** What every provider of the Catalogue port must do. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalogue, Page } from '../../../shared/platform/ports.ts'
import { accessEvent, digestOf, idOf, linkRow, objectRow, spreadId } from './catalogueRows.ts'
import { checkLinkModel } from './linkModel.ts'

export interface CatalogueProvider {
  /** Empty at first. */
  readonly catalogue: Catalogue
  /** The object a name points to, however this provider stores it. */
  byName(name: string): Promise<string | undefined>
  close(): Promise<void>
}

/** @param runs how many random histories; fewer where each call goes over a network */
export function describeCatalogue(name: string, makeProvider: () => Promise<CatalogueProvider>, runs = 60): void {
  describe(`${name}: Catalogue`, () => {
    let provider: CatalogueProvider
    let catalogue: Catalogue
    beforeEach(async () => {
      provider = await makeProvider()
      catalogue = provider.catalogue
    })
    afterEach(() => provider.close())

    it('gives back a committed row, by id and by source', async () => {
      const row = objectRow(1)
      expect(await catalogue.commit(row)).toEqual({ winner: row.id })
      expect(await catalogue.object(row.id)).toEqual(row)
      expect(await catalogue.bySource(row.source)).toBe(row.id)
      expect(await catalogue.object(idOf(2))).toBeUndefined()
      expect(await catalogue.bySource(digestOf(2))).toBeUndefined()
      const plain = objectRow(3, { renditions: [] })
      await catalogue.commit(plain)
      expect(await catalogue.object(plain.id)).toEqual(plain)
    })

    it('lets the first writer of a source win, tells later ones, and keeps nothing of them', async () => {
      const source = digestOf(7)
      await catalogue.commit(objectRow(1, { source }))
      expect(await catalogue.commit(objectRow(2, { source }))).toEqual({ winner: idOf(1) })
      expect(await catalogue.commit(objectRow(1, { source }))).toEqual({ winner: idOf(1) })
      expect(await catalogue.object(idOf(2))).toBeUndefined()
      expect(await catalogue.objects()).toHaveLength(1)
    })

    it('counts each attempt that was refused once, apart for each version, until they are pardoned', async () => {
      const [version, other] = [idOf(1), idOf(2)]
      for (const n of [3, 4, 3, 4, 4]) await catalogue.refuse(version, idOf(n))
      await catalogue.refuse(other, idOf(3))
      expect([await catalogue.refused(version), await catalogue.refused(other)]).toEqual([2, 1])
      expect(await catalogue.refused(idOf(9))).toBe(0)
      await catalogue.pardon(version)
      await catalogue.pardon(idOf(9))
      expect([await catalogue.refused(version), await catalogue.refused(other)]).toEqual([0, 1])
      await catalogue.refuse(version, idOf(3))
      expect(await catalogue.refused(version)).toBe(1)
    })

    it('lets exactly one of racing writers of a source win', async () => {
      const source = digestOf(7)
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
      const answers = await Promise.all(numbers.map((n) => catalogue.commit(objectRow(n, { source }))))
      expect(new Set(answers.map((answer) => answer.winner)).size).toBe(1)
      expect((await catalogue.objects()).map((row) => row.id)).toEqual([answers[0]?.winner])
      expect(await catalogue.bySource(source)).toBe(answers[0]?.winner)
    })

    it('commits nothing of a row whose id another source has', async () => {
      await catalogue.commit(objectRow(1))
      await expect(catalogue.commit(objectRow(1, { source: digestOf(9) }))).rejects.toThrow()
      expect(await catalogue.object(idOf(1))).toEqual(objectRow(1))
      expect(await catalogue.bySource(digestOf(9))).toBeUndefined()
    })

    it('points a name to the highest sequencer, in whatever order they come', async () => {
      const name = digestOf(5)
      // In S3's order: the shorter is padded with zeros on the right, case doesn't count.
      const order = [
        '0055AED6DCD90281E4',
        '0055aed6dcd90281e5',
        '0055AED6DCD90281E501',
        '0055AED6DCD9',
        '0056',
        '01',
        '1',
        'a',
        'B',
      ]
      const ranked = [3, 0, 1, 2, 4, 5, 6, 7, 8]
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(ranked, { minLength: 1 }), async (subset) => {
          const fresh = await makeProvider()
          try {
            for (const n of subset) await fresh.catalogue.commit(objectRow(n + 1, { name, sequencer: order[n] }))
            const best = Math.max(...subset.map((n) => ranked.indexOf(n)))
            expect(await fresh.byName(name)).toBe(idOf((ranked[best] ?? 0) + 1))
          } finally {
            await fresh.close()
          }
        }),
        { numRuns: Math.ceil(runs / 4) },
      )
    })

    it('leaves a name where it is for an equal sequencer, and finds the next one when its object is forgotten', async () => {
      const name = digestOf(5)
      await catalogue.commit(objectRow(1, { name, sequencer: '0a' }))
      await catalogue.commit(objectRow(2, { name, sequencer: '0A00' }))
      expect(await provider.byName(name)).toBe(idOf(1))
      await catalogue.forget(idOf(1))
      expect(await provider.byName(name)).toBe(idOf(2))
      await catalogue.forget(idOf(2))
      expect(await provider.byName(name)).toBeUndefined()
    })

    it('refuses a sequencer that has no order', async () => {
      for (const sequencer of ['', 'xyz', '0x1', ' 1']) {
        await expect(catalogue.commit(objectRow(1, { sequencer }))).rejects.toThrow(RangeError)
      }
    })

    it('lists newest first, page by page, also past a page end that was forgotten', async () => {
      const numbers = [5, 1, 4, 2, 3, 7, 6]
      for (const n of numbers) await catalogue.commit(objectRow(n))
      const ids = async (options?: Page) => (await catalogue.objects(options)).map((row) => Number.parseInt(row.id, 16))
      expect(await ids()).toEqual([7, 6, 5, 4, 3, 2, 1])
      expect(await catalogue.objects({ limit: 1 })).toEqual([objectRow(7)])
      expect(await ids({ limit: 3 })).toEqual([7, 6, 5])
      expect(await ids({ limit: 3, after: idOf(5) })).toEqual([4, 3, 2])
      expect(await ids({ limit: 3, after: idOf(2) })).toEqual([1])
      await catalogue.forget(idOf(5))
      expect(await ids({ limit: 2, after: idOf(5) })).toEqual([4, 3])
      expect(await ids({ after: idOf(99) })).toEqual([])
    })

    it('lists objects of the same moment once each', async () => {
      for (const n of [3, 1, 2, 4]) await catalogue.commit(objectRow(n, { committed: 77 }))
      const seen: string[] = []
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = await catalogue.objects({ limit: 1, ...(after === undefined ? {} : { after }) })
        if (page.length === 0) break
        seen.push(...page.map((row) => row.id))
      }
      expect(seen.sort()).toEqual([1, 2, 3, 4].map(idOf))
    })

    it('walks every object once, none that was forgotten', async () => {
      const numbers = Array.from({ length: 30 }, (_, n) => n + 1)
      await Promise.all(numbers.map((n) => catalogue.commit(objectRow(n, { id: spreadId(n) }))))
      await catalogue.forget(spreadId(7))
      const rows = await Array.fromAsync(catalogue.every())
      expect(rows.map((row) => row.size - 123_456).sort((a, b) => a - b)).toEqual(numbers.filter((n) => n !== 7))
      expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted())
      expect(rows.find((row) => row.id === spreadId(9))).toEqual(objectRow(9, { id: spreadId(9) }))
      expect((await catalogue.objects({ limit: 5 })).map((row) => row.id)).toEqual([30, 29, 28, 27, 26].map(spreadId))
      expect(await catalogue.objects({ limit: 5, after: spreadId(4) })).toHaveLength(3)
    })

    it('walks those whose ids begin so, from behind an id that need not be there', async () => {
      const numbers = Array.from({ length: 40 }, (_, n) => n + 1)
      await Promise.all(numbers.map((n) => catalogue.commit(objectRow(n, { id: spreadId(n) }))))
      const ids = numbers.map(spreadId).toSorted()
      await catalogue.forget(spreadId(10))
      const left = ids.filter((id) => id !== spreadId(10))
      for (const prefix of [undefined, '', 'a', 'a0', 'a02', 'f', 'ff']) {
        for (const after of [undefined, `${prefix ?? ''}`.padEnd(32, '0'), spreadId(10), ids[7], 'f'.repeat(32)]) {
          if (after !== undefined && !after.startsWith(prefix ?? '')) continue
          const rows = await Array.fromAsync(catalogue.every({ prefix, after }))
          const expected = left.filter((id) => id.startsWith(prefix ?? '') && id > (after ?? ''))
          expect(
            rows.map(({ id }) => id),
            `${prefix} behind ${after}`,
          ).toEqual(expected)
        }
      }
    })

    it('adds no link to an object that is not there, nor to one that is forgotten meanwhile', async () => {
      expect(await catalogue.addLink(linkRow(1))).toBe(false)
      await catalogue.commit(objectRow(1))
      const numbers = Array.from({ length: 12 }, (_, n) => n + 1)
      const adding = numbers.map((n) => catalogue.addLink(linkRow(n)))
      await catalogue.forget(idOf(1))
      const added = await Promise.all(adding)
      for (const n of numbers) {
        const expected = added[n - 1] ? true : undefined
        expect((await catalogue.link(idOf(n)))?.revoked).toBe(expected)
      }
      expect(await catalogue.addLink(linkRow(99))).toBe(false)
    })

    it('lists links page by page', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.commit(objectRow(2))
      for (const n of [1, 2, 3, 4, 5]) await catalogue.addLink(linkRow(n, { objectId: idOf(n === 3 ? 2 : 1) }))
      const ids = async (page: Parameters<Catalogue['links']>[0]) =>
        (await catalogue.links(page)).map((link) => Number.parseInt(link.linkId, 16))
      expect(await ids({ limit: 2 })).toEqual([5, 4])
      expect(await ids({ limit: 2, after: idOf(4) })).toEqual([3, 2])
      expect(await ids({ limit: 2, after: idOf(4), objectId: idOf(1) })).toEqual([2, 1])
      expect(await ids({ after: idOf(1) })).toEqual([])
      expect(await ids({ after: idOf(9), objectId: idOf(1) })).toEqual([])
    })

    it('moves an envelope from the generation it is at, once, and touches nothing else', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.commit(objectRow(2))
      const [preview, display] = [idOf(10_001), idOf(20_001)]
      expect(await catalogue.moveEnvelope(idOf(1), idOf(1), 1, 2)).toBe(false)
      expect(await catalogue.moveEnvelope(idOf(1), idOf(1), 0, 1)).toBe(true)
      expect(await catalogue.moveEnvelope(idOf(1), idOf(1), 0, 1)).toBe(false)
      expect(await catalogue.moveEnvelope(idOf(1), display, 2, 7)).toBe(true)
      expect(await catalogue.moveEnvelope(idOf(2), preview, 0, 1)).toBe(false)
      expect(await catalogue.moveEnvelope(idOf(9), idOf(9), 0, 1)).toBe(false)
      const row = objectRow(1)
      const renditions = row.renditions.map((rendition) =>
        rendition.id === display ? { ...rendition, envelopeGeneration: 7 } : rendition,
      )
      expect(await catalogue.object(idOf(1))).toEqual({ ...row, envelopeGeneration: 1, renditions })
      expect(await catalogue.object(idOf(2))).toEqual(objectRow(2))
      const race = await Promise.all([1, 2, 3].map(() => catalogue.moveEnvelope(idOf(1), preview, 0, 1)))
      expect(race.filter((moved) => moved)).toHaveLength(1)
    })

    it('forgets an object, revokes its links and no others, and forgets again', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.commit(objectRow(2))
      await catalogue.addLink(linkRow(11, { objectId: idOf(1) }))
      await catalogue.addLink(linkRow(12, { objectId: idOf(2) }))
      await catalogue.forget(idOf(1))
      await catalogue.forget(idOf(1))
      await catalogue.forget(idOf(99))
      expect(await catalogue.object(idOf(1))).toBeUndefined()
      expect(await catalogue.bySource(objectRow(1).source)).toBeUndefined()
      expect((await catalogue.link(idOf(11)))?.revoked).toBe(true)
      expect((await catalogue.link(idOf(12)))?.revoked).toBe(false)
      expect(await catalogue.spend(idOf(11), 1500, accessEvent(1))).toEqual({ outcome: 'revoked' })
    })

    it('what was forgotten does not come back, nor does another attempt at its upload', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.forget(idOf(1))
      expect(await catalogue.commit(objectRow(1))).toEqual({ winner: undefined })
      expect(await catalogue.commit({ ...objectRow(2), source: objectRow(1).source })).toEqual({ winner: undefined })
      expect(await catalogue.objects()).toEqual([])
      expect(await catalogue.commit(objectRow(3))).toEqual({ winner: idOf(3) })
      await catalogue.forget(idOf(3), { again: true })
      expect(await catalogue.commit(objectRow(3))).toEqual({ winner: idOf(3) })
    })

    it('keeps links, newest first, and refuses a second one with the same id', async () => {
      for (const n of [1, 2]) await catalogue.commit(objectRow(n))
      await catalogue.addLink(linkRow(1, { objectId: idOf(1) }))
      await catalogue.addLink(linkRow(2, { objectId: idOf(2), rendition: 'preview' }))
      await catalogue.addLink(linkRow(3, { objectId: idOf(1), rendition: 'display' }))
      expect(await catalogue.link(idOf(2))).toEqual(linkRow(2, { objectId: idOf(2), rendition: 'preview' }))
      expect(await catalogue.link(idOf(9))).toBeUndefined()
      expect((await catalogue.links()).map((link) => link.linkId)).toEqual([3, 2, 1].map(idOf))
      expect((await catalogue.links({ objectId: idOf(1) })).map((link) => link.linkId)).toEqual([3, 1].map(idOf))
      expect(await catalogue.links({ objectId: idOf(9) })).toEqual([])
      await expect(catalogue.addLink(linkRow(1, { uses: 100, usesLeft: 100 }))).rejects.toThrow(RangeError)
      expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(3)
    })

    it('spends a use and writes its event together', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.addLink(linkRow(1))
      expect(await catalogue.spend(idOf(1), 1000, accessEvent(1))).toEqual({ outcome: 'spent' })
      expect(await catalogue.link(idOf(1))).toEqual(linkRow(1, { usesLeft: 2 }))
      expect(await catalogue.accesses()).toEqual([accessEvent(1)])
    })

    it('refuses with the reason, and then changes nothing and writes no event', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.addLink(linkRow(1, { usesLeft: 0 }))
      await catalogue.addLink(linkRow(2, { revoked: true }))
      await catalogue.addLink(linkRow(3))
      const before = await catalogue.links()
      const spend = async (n: number, now: number) => (await catalogue.spend(idOf(n), now, accessEvent(n))).outcome
      expect(await spend(1, 1500)).toBe('used-up')
      expect(await spend(2, 1500)).toBe('revoked')
      expect(await spend(3, 999)).toBe('early')
      expect(await spend(3, 2000)).toBe('expired')
      expect(await spend(4, 1500)).toBe('missing')
      expect(await catalogue.links()).toEqual(before)
      expect(await catalogue.accesses()).toEqual([])
    })

    it('spends a link of three uses exactly three times, however many race', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.addLink(linkRow(1))
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => catalogue.spend(idOf(1), 1500, accessEvent(n))),
      )
      expect(results.filter((result) => result.outcome === 'spent')).toHaveLength(3)
      expect(results.filter((result) => result.outcome === 'used-up')).toHaveLength(17)
      expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(0)
      expect(await catalogue.accesses()).toHaveLength(3)
    })

    it('gives back the use when its event cannot be written', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.addLink(linkRow(1))
      await catalogue.record(accessEvent(1))
      await expect(catalogue.spend(idOf(1), 1500, accessEvent(1))).rejects.toThrow(RangeError)
      expect((await catalogue.link(idOf(1)))?.usesLeft).toBe(3)
      expect(await catalogue.accesses()).toHaveLength(1)
    })

    it('revokes at once and for good, twice too, and says when there is no such link', async () => {
      await catalogue.commit(objectRow(1))
      await catalogue.addLink(linkRow(1))
      expect(await catalogue.revoke(idOf(1))).toBe(true)
      expect(await catalogue.revoke(idOf(1))).toBe(true)
      expect(await catalogue.revoke(idOf(2))).toBe(false)
      expect(await catalogue.spend(idOf(1), 1500, accessEvent(1))).toEqual({ outcome: 'revoked' })
    })

    it('behaves like the model of a link under any history', () => checkLinkModel(makeProvider, runs))

    it('records an event once, gives back all of it, newest first, by object', async () => {
      const full = accessEvent(2, {
        object: idOf(2),
        session: 's',
        rendition: 'preview',
        link: idOf(5),
        asn: 64_500,
        country: 'IS',
        userAgent: 'Överläsare/1',
      })
      await catalogue.record(accessEvent(1))
      await catalogue.record(full)
      await catalogue.record(accessEvent(1, { bytes: 99 }))
      await catalogue.record(accessEvent(3, { action: 'list', object: '-' }))
      expect(await catalogue.accesses()).toEqual([
        accessEvent(3, { action: 'list', object: '-' }),
        full,
        accessEvent(1),
      ])
      expect(await catalogue.accesses({ limit: 1 })).toHaveLength(1)
      expect(await catalogue.accesses({ object: idOf(2) })).toEqual([full])
      expect(await catalogue.accesses({ object: idOf(1), limit: 5 })).toEqual([accessEvent(1)])
      expect(await catalogue.accesses({ after: full.id })).toEqual([accessEvent(1)])
      expect(await catalogue.accesses({ after: full.id, object: idOf(1), limit: 1 })).toEqual([accessEvent(1)])
      expect(await catalogue.accesses({ after: accessEvent(1).id })).toEqual([])
      expect(await catalogue.accesses({ after: 'no such event' })).toEqual([])
    })
  })
}
