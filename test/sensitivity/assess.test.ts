import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { decode, undecodable } from '../../shared/image/decode.ts'
import { assess } from '../../shared/sensitivity/assess.ts'
import { type LoadedModels, loadModels } from '../../shared/sensitivity/models.ts'
import type { Assessment, DetectionKind } from '../../shared/sensitivity/types.ts'
import { picture } from '../image/fixtures.ts'

let models: LoadedModels
beforeAll(async () => {
  const loaded = await loadModels(join(import.meta.dirname, '..', '..', 'models'))
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  models = loaded
})

const look = async (name: string): Promise<Assessment> => assess(await decode(await picture(name)), models)
const best = ({ detections }: Assessment, kind: DetectionKind): number =>
  Math.max(0, ...detections.filter((detection) => detection.kind === kind).map(({ score }) => score))

describe('assessment', () => {
  it('finds the face, where it is', async () => {
    const assessment = await look('face.jpg')
    const [face, ...others] = assessment.detections.filter(({ kind }) => kind === 'face')
    expect(others).toEqual([])
    expect(face?.score).toBeGreaterThan(0.8)
    const { x = 0, y = 0, width = 0, height = 0 } = face?.box ?? {}
    // the face in the picture spans about .34 to .55 across and .13 to .36 down
    expect([x + width / 2, y + height / 2].map((n) => Math.round(n * 10) / 10)).toEqual([0.4, 0.2])
    expect(width).toBeGreaterThan(0.1)
    expect(height).toBeLessThan(0.35)
  })

  it('finds a page of writing: text in blocks, and a document', async () => {
    const assessment = await look('page.png')
    expect(best(assessment, 'document')).toBeGreaterThan(0.9)
    expect(best(assessment, 'face')).toBe(0)
    expect(assessment.detections.filter(({ kind }) => kind === 'text').every(({ box }) => box !== undefined)).toBe(true)
  })

  it('says where, for everything that a redaction must cover', async () => {
    for (const name of ['page.png', 'face.jpg', 'cat.jpg', 'gps-exif.jpg']) {
      for (const { kind, box } of (await look(name)).detections)
        expect(box !== undefined, kind).toBe(kind !== 'location')
    }
  })

  it.each(['coffee.png', 'coffee.webp', 'coffee.avif', 'coffee.tiff'])(
    'finds nothing that matters in %s',
    async (name) => {
      expect((await look(name)).score).toBeLessThan(0.25)
    },
  )

  it('reports a position, whether EXIF or XMP tells it', async () => {
    expect(best(await look('gps-exif.jpg'), 'location')).toBe(1)
    expect(best(await look('gps-xmp.jpg'), 'location')).toBe(1)
    expect(best(await look('coffee.jpg'), 'location')).toBe(0)
  })

  it('calls DICOM medical and unreadable', async () => {
    const assessment = await look('header.dcm')
    expect(assessment.detections.map(({ kind }) => kind)).toEqual(['medical', 'unreadable'])
    expect(assessment.score).toBe(1)
  })

  it.each(['too-large', 'timeout', 'undecodable'] as const)('calls unreadable what is %s', async (reason) => {
    const assessment = await assess(undecodable('image/jpeg', reason), models)
    expect(assessment).toMatchObject({ score: 1, detections: [{ kind: 'unreadable', score: 1 }], features: {} })
  })

  it('calls unreadable what a detector fails on', async () => {
    const swapped = { ...models, sessions: { face: models.sessions.text, text: models.sessions.face } }
    const assessment = await assess(await decode(await picture('coffee.png')), swapped)
    expect(assessment).toMatchObject({ score: 1, detections: [{ kind: 'unreadable', score: 1 }] })
  })

  it('gives the same findings twice, and says which models had a say', async () => {
    const [first, second] = [await look('face.jpg'), await look('face.jpg')]
    expect({ ...first, ms: 0 }).toEqual({ ...second, ms: 0 })
    expect(first.modelVersions).toEqual(models.versions)
  })

  it('measures its time by the clock it is given', async () => {
    const ticks = [1000, 1250]
    expect((await assess(undecodable('image/png'), models, () => ticks.shift() ?? 0)).ms).toBe(250)
  })
})
