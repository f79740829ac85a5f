import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decode } from '../../shared/image/decode.ts'
import { assess } from '../../shared/sensitivity/assess.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import { picture } from '../image/fixtures.ts'

const MODELS = join(import.meta.dirname, '..', '..', 'models')

describe('models', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'models-'))
    await cp(MODELS, dir, { recursive: true })
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const edit = async (change: (json: string) => string): Promise<void> => {
    const file = join(dir, 'manifest.json')
    await writeFile(file, change(await readFile(file, 'utf8')))
  }
  const flip = async (file: string): Promise<void> => {
    const bytes = await readFile(join(dir, file))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(join(dir, file), bytes)
  }

  it('that are the manifest’s are loaded, with their versions and without a problem', async () => {
    const models = await loadModels(MODELS)
    expect(models).toMatchObject({ ok: true, problems: [] })
    expect(Object.keys(models.versions).sort()).toEqual(['face', 'text'])
  })

  it.each([
    ['one bit of face.onnx is flipped', () => flip('face.onnx'), /^face\.onnx: not the file/],
    ['one bit of text.onnx is flipped', () => flip('text.onnx'), /^text\.onnx: not the file/],
    ['a model is missing', () => rm(join(dir, 'text.onnx')), /^text\.onnx: missing/],
    ['the manifest is missing', () => rm(join(dir, 'manifest.json')), /^manifest\.json: missing/],
    ['the manifest is not JSON', () => edit((json) => json.slice(1)), /^manifest\.json: missing or not JSON/],
    ['a hash is no hash', () => edit((json) => json.replace(/"sha256": "\w{4}/, '"sha256": "')), /models\.0\.sha256/],
    ['a file lies elsewhere', () => edit((json) => json.replace('face.onnx', '../face.onnx')), /models\.0\.file/],
    [
      'a detector is not listed',
      () => edit((json) => json.replace('"name": "face"', '"name": "farce"')),
      /^face: no such model/,
    ],
  ])('are refused when %s, and every picture is then unreadable', async (_, damage, problem) => {
    await damage()
    const models = await loadModels(dir)
    expect(models.ok).toBe(false)
    expect(models.problems).toHaveLength(1)
    expect(models.problems[0]).toMatch(problem)
    expect(models.problems[0]).toContain('restore models/')
    expect(models.problems[0]).not.toContain(dir)
    const assessment = await assess(await decode(await picture('coffee.png')), models)
    expect(assessment).toMatchObject({ score: 1, detections: [{ kind: 'unreadable', score: 1 }] })
  })
})
